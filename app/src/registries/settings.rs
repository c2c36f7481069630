//! What is set of a registry: checked as it is entered, shown to the audit, and the credential sealed.

use std::collections::HashSet;

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use wharfinger_domain::id::RegistryId;
use wharfinger_domain::name::Name;
use wharfinger_store::registries::{RegistrySettings, SealedCredential};

use super::{CredentialInput, seal_context};
use crate::App;
use crate::endpoint::{self, Address};
use crate::error::{AppError, UserError, UserErrorCode};
use crate::record::RegistryRecord;
use crate::unit::Unit;

/// The most aliases of one registry.
const MAX_ALIASES: usize = 50;

/// What can be set of a registry, before it is checked.
pub(super) struct Entered<'a> {
    pub(super) name: &'a str,
    pub(super) endpoint: &'a str,
    pub(super) aliases: &'a [String],
    pub(super) skip_tls_verify: bool,
    pub(super) ca_bundle_pem: Option<&'a str>,
    pub(super) credential: Option<&'a CredentialInput>,
}

impl Entered<'_> {
    /// The settings of a registry that is neither exclusive nor rests, or everything that is wrong with what was entered.
    pub(super) fn check(&self) -> Result<RegistrySettings, Vec<UserError>> {
        let mut errors = Vec::new();
        if let Err(error) = Name::parse(self.name) {
            errors.push(UserError::new(UserErrorCode::Invalid, error.to_string(), &["name"]));
        }
        let address = Address::parse(self.endpoint)
            .map_err(|message| errors.push(UserError::new(UserErrorCode::Invalid, message, &["endpoint"])));
        let Ok(address) = address else { return Err(errors) };
        let hosts = hosts(&address, self.aliases, &mut errors);
        if self.credential.is_some_and(|credential| credential.username.is_empty()) {
            let path = ["credential", "username"];
            errors.push(UserError::new(UserErrorCode::Required, "the user name is missing", &path));
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(RegistrySettings {
            name: self.name.to_owned(),
            endpoint: address.url.to_string(),
            scheme: address.scheme,
            hosts,
            skip_tls_verify: self.skip_tls_verify,
            ca_bundle_pem: self.ca_bundle_pem.filter(|pem| !pem.is_empty()).map(str::to_owned),
            exclusive: false,
            resting_reason: None,
        })
    }
}

/// The endpoint's own host, then the aliases, each once.
fn hosts(address: &Address, aliases: &[String], errors: &mut Vec<UserError>) -> Vec<String> {
    if aliases.len() > MAX_ALIASES {
        let message = format!("too many aliases; use at most {MAX_ALIASES}");
        errors.push(UserError::new(UserErrorCode::TooMany, message, &["aliases"]));
        return Vec::new();
    }
    let mut hosts = vec![address.host.clone()];
    let mut seen = HashSet::from([address.host.clone()]);
    for (index, alias) in aliases.iter().enumerate() {
        match endpoint::host(alias, address.scheme) {
            Ok(host) if seen.insert(host.clone()) => hosts.push(host),
            Ok(_) => {
                let message = "this host is named twice";
                errors.push(UserError::at(UserErrorCode::Invalid, message, &["aliases"], index));
            }
            Err(message) => errors.push(UserError::at(UserErrorCode::Invalid, message, &["aliases"], index)),
        }
    }
    hosts
}

/// What only a platform administrator may enter of an association: it decides whom the association trusts and which names
/// it takes. `entered` says of each whether it was.
pub(super) fn reserved(entered: [(bool, &str); 3]) -> Vec<UserError> {
    let message = "only a platform administrator may set this for an associated registry";
    let reserved = entered.into_iter().filter(|(entered, _)| *entered);
    reserved.map(|(_, path)| UserError::new(UserErrorCode::NotAllowed, message, &[path])).collect()
}

/// What can be changed of a registry, as it is.
pub(super) fn of(record: &RegistryRecord) -> RegistrySettings {
    RegistrySettings {
        name: record.registry.name.to_string(),
        endpoint: record.endpoint.clone(),
        scheme: record.registry.scheme,
        hosts: record.registry.hosts.iter().map(ToString::to_string).collect(),
        skip_tls_verify: record.skip_tls_verify,
        ca_bundle_pem: record.ca_bundle_pem.clone(),
        exclusive: record.registry.exclusive,
        resting_reason: record.resting_reason.clone(),
    }
}

/// What the audit shows of a registry. There is no secret in it.
pub(super) fn shown(record: &RegistryRecord) -> Value {
    json!({
        "name": record.registry.name,
        "kind": record.registry.kind,
        "endpoint": record.endpoint,
        "hosts": record.registry.hosts,
        "skipTlsVerify": record.skip_tls_verify,
        "caBundle": record.ca_bundle_pem.is_some(),
        "exclusive": record.registry.exclusive,
        "restingReason": record.resting_reason,
    })
}

/// Seals the credential of a registry and stores it in place of the one that it may have. Refused on a replica whose data
/// key is not the installation's any more: what it sealed nobody could open.
pub(super) fn store_credential(
    unit: &mut Unit<'_>,
    app: &App,
    id: RegistryId,
    credential: &CredentialInput,
) -> Result<(), AppError> {
    let vault = &app.vault;
    if unit.tx.data_key_id()?.is_some_and(|installed| installed != vault.key_id()) {
        let message = "the data key of the installation was changed, and this replica still has the one before; ask an \
                       operator to start it anew";
        return Err(UserError::new(UserErrorCode::NotAllowed, message, &["credential"]).into());
    }
    let sealed = vault.seal(credential.secret.expose_secret(), &seal_context(id), &*app.random);
    let sealed = SealedCredential {
        username: credential.username.clone(),
        sealed: sealed.map_err(|error| AppError::Internal(Box::new(error)))?,
        key_id: vault.key_id().to_owned(),
        rotated_at: unit.at(),
        expires_at: None,
    };
    Ok(unit.tx.set_credential(id, Some(&sealed))?)
}
