//! From keys with texts to the configuration: unknown keys are refused, defaults fill what is not said, and what must
//! agree is held against each other.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use wharfinger_app::budgets::Rates;
use wharfinger_domain::cluster::{EnforcementMode, UnknownRegistries};

use super::environment::{Environment, variable};
use super::error::{ConfigError, Origin, Problem, shown};
use super::key::{CLUSTERS, EXEMPTIONS, KEYS, Key, List};
use super::nearest::nearest;
use super::{
    Api, ClusterConfig, Config, Data, Database, ExemptionConfig, Identity, Log, LogFormat, Metrics, Registries,
    Shutdown, Snapshot, Sync, Templates, TlsFiles, Webhook, tree,
};

/// The most entries of a list: a limit on what a variable's number can make us reserve.
const MAX_ENTRIES: usize = 1000;

/// What was written, by key.
#[derive(Default)]
pub(super) struct Values {
    known: BTreeMap<String, (String, Origin)>,
    problems: Vec<Problem>,
}

impl Values {
    /// Takes the keys of a file.
    pub(super) fn read_file(&mut self, path: &Path, yaml: &str) -> Result<(), ConfigError> {
        let leaves = tree::leaves(yaml).map_err(|tree::NotYaml { line, sentence }| ConfigError::Yaml {
            path: path.to_owned(),
            line,
            sentence,
        })?;
        let path: Arc<Path> = path.into();
        for leaf in leaves {
            let origin = Origin::File(Arc::clone(&path), leaf.line);
            if is_key(&leaf.path) {
                self.known.insert(leaf.path, (leaf.text, origin));
            } else {
                let sentence = unknown_key(&leaf.path);
                self.problems.push(Problem { origin, key: leaf.path, sentence });
            }
        }
        Ok(())
    }

    /// Takes the variables, which win over the file.
    pub(super) fn read_environment(&mut self, environment: &Environment) {
        for (name, value) in environment.keys() {
            let origin = Origin::Variable(name.into());
            if let Some(path) = path_of(name) {
                self.known.insert(path, (value.to_owned(), origin));
            } else {
                let names: Vec<_> = patterns().map(|path| variable(&path)).collect();
                let sentence = did_you_mean(nearest(name, names.iter().map(String::as_str)));
                self.problems.push(Problem { origin, key: name.to_owned(), sentence });
            }
        }
    }

    /// The configuration, or everything that is wrong.
    pub(super) fn into_config(mut self) -> Result<Config, ConfigError> {
        let mut config = Config::default();
        self.fill("", KEYS, &mut config);
        config.clusters = self.entries(&CLUSTERS);
        config.exemptions = self.entries(&EXEMPTIONS);
        self.check(&config);
        if self.problems.is_empty() { Ok(config) } else { Err(ConfigError::Problems(self.problems)) }
    }

    /// Sets the keys of a section that are given.
    fn fill<T>(&mut self, prefix: &str, keys: &[Key<T>], section: &mut T) {
        for key in keys {
            let path = format!("{prefix}{}", key.path);
            let Some((text, origin)) = self.known.get(&path) else { continue };
            if let Err(wrong) = (key.set)(section, text) {
                let sentence = format!("found {}; {wrong}", shown(text));
                self.problems.push(Problem { origin: origin.clone(), key: path, sentence });
            }
        }
    }

    /// The entries of a list: as many as the highest number that is given.
    fn entries<T: Default>(&mut self, list: &List<T>) -> Vec<T> {
        let numbers = self.known.keys().filter_map(|path| entry(path, list.path)).map(|(number, _)| number + 1);
        let count = numbers.max().unwrap_or(0);
        (0..count)
            .map(|number| {
                let mut section = T::default();
                self.fill(&format!("{}[{number}].", list.path), list.keys, &mut section);
                section
            })
            .collect()
    }

    pub(super) fn refuse(&mut self, key: String, sentence: &str) {
        let origin = self.known.get(&key).map_or(Origin::Missing, |(_, origin)| origin.clone());
        self.problems.push(Problem { origin, key, sentence: sentence.to_owned() });
    }

    /// Whether a key was given, well-formed or not: one that is ill-formed is not also missing.
    pub(super) fn given(&self, key: &str) -> bool {
        self.known.contains_key(key)
    }

    pub(super) fn require(&mut self, key: String, sentence: &str) {
        if !self.given(&key) {
            self.refuse(key, sentence);
        }
    }
}

/// All keys, those of lists as `clusters[0].name`.
fn patterns() -> impl Iterator<Item = String> {
    let plain = KEYS.iter().map(|key| key.path.to_owned());
    let clusters = CLUSTERS.keys.iter().map(|key| format!("{}[0].{}", CLUSTERS.path, key.path));
    let exemptions = EXEMPTIONS.keys.iter().map(|key| format!("{}[0].{}", EXEMPTIONS.path, key.path));
    plain.chain(clusters).chain(exemptions)
}

/// The number and the key of an entry: 1 and `name` for `clusters[1].name`.
fn entry<'p>(path: &'p str, list: &str) -> Option<(usize, &'p str)> {
    let (number, key) = path.strip_prefix(list)?.strip_prefix('[')?.split_once("].")?;
    let number = number.parse().ok().filter(|number| *number < MAX_ENTRIES)?;
    Some((number, key))
}

fn is_key(path: &str) -> bool {
    let in_list = |list: &str, has: &dyn Fn(&str) -> bool| entry(path, list).is_some_and(|(_, key)| has(key));
    KEYS.iter().any(|key| key.path == path)
        || in_list(CLUSTERS.path, &|name| CLUSTERS.keys.iter().any(|key| key.path == name))
        || in_list(EXEMPTIONS.path, &|name| EXEMPTIONS.keys.iter().any(|key| key.path == name))
}

/// The key of a variable: a pattern with this number in the place of its own has this variable.
fn path_of(name: &str) -> Option<String> {
    let number = name.split('_').find(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    let numbered = |path: String| path.replace("[0]", &format!("[{}]", number.unwrap_or("0")));
    patterns().map(numbered).find(|path| variable(path) == name && is_key(path))
}

fn unknown_key(path: &str) -> String {
    let plain = path.replace(|c: char| c.is_ascii_digit(), "").replace("[]", "[0]");
    let patterns: Vec<_> = patterns().collect();
    let below: Vec<_> = patterns
        .iter()
        .filter_map(|key| key.strip_prefix(plain.as_str())?.strip_prefix(['.', '[']))
        .map(|key| key.strip_prefix("0].").unwrap_or(key))
        .collect();
    if below.is_empty() {
        return did_you_mean(nearest(&plain, patterns.iter().map(String::as_str)));
    }
    format!("takes no value itself; write keys below it: {}", below.join(", "))
}

fn did_you_mean(known: Option<&str>) -> String {
    match known {
        Some(known) => format!("is not known; did you mean `{known}`?"),
        None => "is not known; `wharfinger config reference` lists the keys".to_owned(),
    }
}

/// What is put into a section before anything is read. A default that its own form refuses would leave what was there;
/// a test holds that none is.
fn with_defaults<T>(mut section: T, keys: &[Key<T>]) -> T {
    for key in keys {
        if let Some(default) = key.default {
            let _ = (key.set)(&mut section, default);
        }
    }
    section
}

impl Default for Config {
    fn default() -> Self {
        let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let blank = Self {
            data: Data { directory: PathBuf::new(), key_file: None },
            database: Database::default(),
            api: Api { listen: nowhere, tls: TlsFiles::default(), external_url: None },
            identity: Identity::default(),
            budgets: Rates::all(NonZeroU32::MIN),
            webhook: Webhook {
                listen: nowhere,
                tls: TlsFiles::default(),
                authority: None,
                names: Vec::new(),
                client_authority: None,
                client_names: Vec::new(),
                max_body: 0,
                templates: Templates::Warn,
            },
            metrics: Metrics { listen: nowhere },
            snapshot: Snapshot { max_age: None },
            log: Log { format: LogFormat::Text, level: String::new() },
            sync: Sync { interval: Duration::MAX, contents: Duration::MAX },
            registries: Registries::default(),
            shutdown: Shutdown { delay: Duration::ZERO, grace: Duration::ZERO },
            exempt_system_namespaces: true,
            clusters: Vec::new(),
            exemptions: Vec::<ExemptionConfig>::new(),
        };
        with_defaults(blank, KEYS)
    }
}

impl Default for ClusterConfig {
    fn default() -> Self {
        let blank = Self {
            name: String::new(),
            kubeconfig: None,
            context: None,
            in_cluster: false,
            registration: None,
            mode: EnforcementMode::Enforce,
            unknown_registries: UnknownRegistries::Deny,
            unnamed_hosts: UnknownRegistries::Deny,
        };
        with_defaults(blank, CLUSTERS.keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_written_in_its_own_form() {
        let mut config = Config::default();
        let mut cluster = ClusterConfig::default();
        for key in KEYS {
            assert_eq!(key.default.map_or(Ok(()), |text| (key.set)(&mut config, text)), Ok(()), "{}", key.path);
        }
        for key in CLUSTERS.keys {
            assert_eq!(key.default.map_or(Ok(()), |text| (key.set)(&mut cluster, text)), Ok(()), "{}", key.path);
        }
    }

    #[test]
    fn every_key_has_a_variable_of_its_own_that_names_it() {
        for path in patterns() {
            assert_eq!(path_of(&variable(&path)).as_deref(), Some(path.as_str()));
            let value = [(&*variable(&path), "x")];
            assert_eq!(Environment::of(value).keys().count(), 1, "{path} looks like a service link");
        }
        assert_eq!(path_of("WHARFINGER_CLUSTERS_12_IN_CLUSTER").as_deref(), Some("clusters[12].inCluster"));
        assert_eq!(path_of("WHARFINGER_CLUSTERS_1000000_NAME"), None);
    }
}
