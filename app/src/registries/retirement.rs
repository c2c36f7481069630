//! Hosts that a registry once had: they stay known, with nothing behind them, until an administrator releases them.

use std::sync::Arc;

use serde_json::json;
use wharfinger_domain::host::{CanonicalHost, Scheme};
use wharfinger_domain::registry::{Owner, RetiredHost};
use wharfinger_domain::rights::Action;

use super::hosts;
use crate::App;
use crate::bindings::check_reason;
use crate::call::Call;
use crate::error::{AppError, Outcome, UserError, UserErrorCode};
use crate::unit::Subject;

impl App {
    /// The hosts that are retired, each once, in order.
    pub async fn retired_hosts(&self, call: &Call) -> Result<Vec<String>, AppError> {
        call.require(Action::ReadRetiredHosts, None)?;
        let retired = self.read(|tx| Ok(tx.retired_hosts()?)).await?;
        let mut hosts: Vec<_> = retired.into_iter().map(|retired| retired.host.into_string()).collect();
        hosts.dedup();
        Ok(hosts)
    }

    /// Ends the retirement of a host, whosever it was: from then on it counts as unknown, and associations that rested
    /// because of it wake. One that names no port is released with the default ports. Gives the host in its canonical form.
    pub async fn release_host(self: &Arc<Self>, call: &Call, host: String, reason: String) -> Outcome<String> {
        call.require(Action::ReleaseHosts, None)?;
        let released = match check(&host, &reason) {
            Ok(released) => released,
            Err(error) => return Ok(Err(vec![error])),
        };
        self.change(call, false, move |unit| {
            let retired: Vec<_> = unit.tx.retired_hosts()?;
            let retired: Vec<_> =
                retired.into_iter().filter(|it| released.iter().any(|host| *it.host == **host)).collect();
            if retired.is_empty() {
                return Err(UserError::not_found("retired host", &["host"], None).into());
            }
            hosts::release(unit, &retired)?;
            for (workspace, hosts) in by_owner(&retired) {
                let subject = Subject { kind: "host", id: None, label: &released[0], workspace };
                unit.audit("host.release", &subject, &json!({ "hosts": hosts, "reason": reason }));
            }
            hosts::wake(unit)?;
            Ok(released.into_iter().next().unwrap_or_default())
        })
        .await
    }
}

/// The forms under which the host may be retired, as it was written first; or what is wrong with the input.
fn check(host: &str, reason: &str) -> Result<Vec<String>, UserError> {
    let canonical = CanonicalHost::parse(host)
        .map_err(|error| UserError::new(UserErrorCode::Invalid, error.to_string(), &["host"]))?;
    if reason.trim().is_empty() {
        return Err(UserError::new(UserErrorCode::Required, "say why", &["reason"]));
    }
    check_reason(Some(reason))?;
    let mut forms = vec![canonical.as_str().to_owned()];
    if canonical.dns_name() == canonical.as_str() {
        forms.extend([Scheme::Https, Scheme::Http].map(|scheme| format!("{canonical}:{}", scheme.default_port())));
    }
    Ok(forms)
}

/// The hosts of each that had some; the platform is no workspace.
fn by_owner(retired: &[RetiredHost]) -> Vec<(Option<wharfinger_domain::id::WorkspaceId>, Vec<&str>)> {
    let mut owners: Vec<_> = retired.iter().map(|retired| retired.owner).collect();
    owners.sort_unstable();
    owners.dedup();
    let of = |owner: Owner| retired.iter().filter(move |it| it.owner == owner).map(|it| &*it.host).collect();
    let workspace = |owner| match owner {
        Owner::Platform => None,
        Owner::Workspace(workspace) => Some(workspace),
    };
    owners.into_iter().map(|owner| (workspace(owner), of(owner))).collect()
}
