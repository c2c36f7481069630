//! Reads from an error of the HTTP client why a certificate is not trusted, and from a certificate who issued it.

use std::error::Error;
use std::io;

use x509_parser::parse_x509_certificate;

use crate::quoted::quoted;

/// Why the certificate was refused, when that is what the error is about.
pub(super) fn untrusted(error: &reqwest::Error) -> Option<String> {
    find::<rustls::Error>(error).and_then(|error| match error {
        rustls::Error::InvalidCertificate(reason) => Some(quoted(&reason.to_string())),
        _ => None,
    })
}

/// The error of this type that the error comes from.
pub(super) fn find<E: Error + 'static>(error: &reqwest::Error) -> Option<&E> {
    chain(error).find_map(unwrapped)
}

/// An I/O error shows the source of what it wraps, not the wrapped error itself, and may wrap another one.
fn unwrapped<'e, E: Error + 'static>(mut error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    while let Some(inner) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        error = inner;
    }
    error.downcast_ref()
}

/// The innermost message, which says most and holds no address.
pub(super) fn root_cause(error: &reqwest::Error) -> String {
    chain(error).last().map_or_else(|| "unknown".to_owned(), ToString::to_string)
}

fn chain<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// The issuer's distinguished name in a DER certificate.
pub(super) fn issuer(der: &[u8]) -> Option<String> {
    parse_x509_certificate(der).ok().map(|(_, certificate)| quoted(&certificate.issuer().to_string()))
}
