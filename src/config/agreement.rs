//! What keys must agree on: each function holds some of them against each other and says which to change.

use super::values::Values;
use super::{ClusterConfig, Config, TlsFiles};

impl Values {
    /// Finds all that does not agree.
    pub(super) fn check(&mut self, config: &Config) {
        self.check_pair("api.tls", &config.api.tls);
        self.check_pair("webhook.tls", &config.webhook.tls);
        self.check_clusters(&config.clusters);
        self.check_authority(config);
        self.check_clients();
        self.check_password_secret(config);
        self.check_exemptions(config);
    }

    fn check_pair(&mut self, section: &str, files: &TlsFiles) {
        match (&files.certificate, &files.key) {
            (Some(_), None) => self.require(format!("{section}.key"), "is missing; name the key of the certificate"),
            (None, Some(_)) => self.require(format!("{section}.certificate"), "is missing; name the key's certificate"),
            _ => {}
        }
    }

    fn check_clients(&mut self) {
        if self.given("webhook.tls.clientNames") {
            let sentence = "is missing; name the authority that certificates of `webhook.tls.clientNames` are from";
            self.require("webhook.tls.clientAuthority".to_owned(), sentence);
        }
    }

    /// A certificate that is given does not say which authority its readers trust.
    fn check_authority(&mut self, config: &Config) {
        if config.webhook.tls.pair().is_some() && config.clusters.iter().any(|cluster| cluster.registration.is_some()) {
            let sentence = "is missing; name the authority that `clusters[n].registration` is to be given";
            self.require("webhook.tls.authority".to_owned(), sentence);
        }
    }

    fn check_password_secret(&mut self, config: &Config) {
        let key = |name: &str| format!("identity.passwordSecret.{name}");
        if !self.given(&key("name")) {
            for part in ["namespace", "cluster"] {
                if self.given(&key(part)) {
                    self.refuse(key(part), "goes with `identity.passwordSecret.name` only; leave it out");
                }
            }
            return;
        }
        if self.given("identity.passwordFile") {
            self.refuse(key("name"), "leave it out, or leave out `identity.passwordFile`");
        }
        match config.password_cluster() {
            Some(cluster) if cluster.in_cluster => {}
            Some(_) => self.require(key("namespace"), "is missing; name the Secret's namespace in that cluster"),
            None if self.given(&key("cluster")) => {
                self.refuse(key("cluster"), "no cluster has this name; name one of `clusters`");
            }
            None => self.refuse(key("cluster"), "is missing, and no cluster is `inCluster`; name one of `clusters`"),
        }
    }

    fn check_clusters(&mut self, clusters: &[ClusterConfig]) {
        for (number, cluster) in clusters.iter().enumerate() {
            let key = |name: &str| format!("clusters[{number}].{name}");
            self.require(key("name"), "is missing; every cluster needs a name");
            if !cluster.name.is_empty() && clusters[..number].iter().any(|earlier| earlier.name == cluster.name) {
                self.refuse(key("name"), "is the name of an earlier cluster too; give each its own");
            }
            match (self.given(&key("kubeconfig")), cluster.in_cluster) {
                (true, true) => self.refuse(key("inCluster"), "leave it out, or leave out `kubeconfig`"),
                (false, false) => {
                    self.require(key("kubeconfig"), "is missing; name a file, or write `inCluster: true`");
                }
                _ => {}
            }
            if cluster.in_cluster && cluster.context.is_some() {
                self.refuse(key("context"), "goes with `kubeconfig` only; leave it out");
            }
        }
    }

    fn check_exemptions(&mut self, config: &Config) {
        for (number, exemption) in config.exemptions.iter().enumerate() {
            let key = |name: &str| format!("exemptions[{number}].{name}");
            self.require(key("namespace"), "is missing; name the namespace");
            self.require(key("reason"), "is missing; say why the namespace is exempt");
            let named = |name: &String| config.clusters.iter().any(|cluster| cluster.name == *name);
            if exemption.cluster.as_ref().is_some_and(|name| !named(name)) {
                self.refuse(
                    key("cluster"),
                    "no cluster has this name; name one of `clusters`, or leave it out for all",
                );
            }
        }
    }
}
