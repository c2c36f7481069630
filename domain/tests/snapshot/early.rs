//! What is known of a cluster's namespaces before the cluster is.

use std::sync::Arc;

use wharfinger_domain::change::{Change, ChangeSet};
use wharfinger_domain::cluster::{Cluster, EnforcementMode, UnknownRegistries};
use wharfinger_domain::exemption::Exemption;
use wharfinger_domain::id::ClusterId;
use wharfinger_domain::policy::Policy;
use wharfinger_domain::revision::Revision;
use wharfinger_domain::snapshot::{Moment, Snapshot};
use wharfinger_domain::time::Timestamp;

#[test]
fn an_exemption_that_is_known_before_its_cluster_counts_once_the_cluster_is_known() {
    let (first, second) = (Revision { number: 0, token: 0 }, Revision { number: 1, token: 1 });
    let exemption = Exemption {
        id: None,
        cluster: "c".into(),
        namespace: "kube-system".into(),
        uid: None,
        reason: "the cluster does not run without it".into(),
        expires_at: None,
    };
    let policy = Policy { exemptions: vec![exemption], ..Policy::empty(first) };
    let cluster = Cluster {
        id: ClusterId(1),
        name: "c".into(),
        mode: EnforcementMode::Enforce,
        unknown_registries: UnknownRegistries::Deny,
        unnamed_hosts: UnknownRegistries::Deny,
    };
    let before = Snapshot::build(policy, Arc::default());
    let moment = Moment::fresh(Timestamp::from_micros(0));
    assert!(before.view("c", "kube-system", moment).is_none());
    let set = ChangeSet { from: first, to: second, changes: vec![Change::Cluster(cluster)] };
    let after = before.after(&set).unwrap();
    assert!(after.view("c", "kube-system", moment).unwrap().exemption().is_some());
}
