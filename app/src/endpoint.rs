//! The address of a registry, as it is entered: what of it names the registry in image references.

use url::Url;
use wharfinger_domain::host::{CanonicalHost, Scheme};

/// A checked endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// The URL, without a closing slash.
    pub(crate) url: Url,
    /// How it is reached.
    pub(crate) scheme: Scheme,
    /// The host that references carry, its default port left out.
    pub(crate) host: String,
}

impl Address {
    /// Reads an endpoint; the error says what to write.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("this is no URL: {error}; write https://host"))?;
        let scheme = match url.scheme() {
            "https" => Scheme::Https,
            "http" => Scheme::Http,
            _ => return Err("use https:// or http://".to_owned()),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(
                "leave the user name and the password out of the URL, and enter them as the credential".to_owned()
            );
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("leave out what follows the `?` or the `#`".to_owned());
        }
        let name = url.host_str().ok_or("the URL has no host")?;
        let written = url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"));
        let host = host(&written, scheme)?;
        Ok(Self { url, scheme, host })
    }
}

/// A host as it is stored: canonical, the scheme's default port left out, so that one host has one spelling.
pub(crate) fn host(text: &str, scheme: Scheme) -> Result<String, String> {
    let canonical = CanonicalHost::parse(text).map_err(|error| error.to_string())?;
    let default = format!(":{}", scheme.default_port());
    let text = canonical.as_str();
    Ok(text.strip_suffix(&default).unwrap_or(text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_names_its_registry_without_the_default_port() {
        let host = |text| Address::parse(text).map(|address| address.host);
        assert_eq!(host("https://Harbor.Corp.example:443/").as_deref(), Ok("harbor.corp.example"));
        assert_eq!(host("https://harbor.corp.example:8443").as_deref(), Ok("harbor.corp.example:8443"));
        assert_eq!(host("http://127.0.0.1:5000").as_deref(), Ok("127.0.0.1:5000"));
        assert_eq!(host("http://registry.example:80").as_deref(), Ok("registry.example"));
        assert_eq!(host("https://registry.example:80").as_deref(), Ok("registry.example:80"));
        assert_eq!(host("http://[2001:DB8::1]:5000").as_deref(), Ok("[2001:db8::1]:5000"));
    }

    #[test]
    fn an_endpoint_holds_no_credential_and_no_other_scheme() {
        for text in ["https://user:secret@h.example", "ftp://h.example", "h.example", "https://h.example?x", "https://"]
        {
            let error = Address::parse(text).unwrap_err();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
