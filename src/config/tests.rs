//! What an administrator may write, and what they read when it is wrong.

use std::num::NonZeroU32;

use super::*;

fn load(yaml: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("wharfinger.yaml");
    std::fs::write(&file, yaml).unwrap();
    Config::load(Some(&file), &Environment::of(variables.iter().copied()))
}

fn refusal(yaml: &str, variables: &[(&str, &str)]) -> String {
    load(yaml, variables).unwrap_err().to_string()
}

#[test]
fn nothing_written_gives_the_defaults() {
    let config = Config::load(None, &Environment::default()).unwrap();
    assert_eq!(config, Config::default());
    assert_eq!(config.webhook.listen, "127.0.0.1:8443".parse().unwrap());
    assert_eq!(config.webhook.max_body, 7 << 20);
    assert_eq!(config.webhook.names, ["localhost", "127.0.0.1"]);
    assert_eq!(config.snapshot.max_age, None);
    assert_eq!(config.sync.interval, Duration::from_mins(1));
    assert!(config.clusters.is_empty());
    let budgets = config.budgets;
    let rates = [budgets.cost, budgets.explanations, budgets.syncs, budgets.registry_tests];
    assert_eq!(rates.map(NonZeroU32::get), [60_000, 120, 30, 10]);
}

#[test]
fn the_environment_is_preferred_to_the_file_and_the_file_to_the_default() {
    let yaml = "api: {listen: '127.0.0.1:1'}\nmetrics: {listen: '127.0.0.1:2'}\n";
    let config = load(yaml, &[("WHARFINGER_API_LISTEN", "[::1]:3"), ("HOME", "/nowhere")]).unwrap();
    assert_eq!(config.api.listen, "[::1]:3".parse().unwrap());
    assert_eq!(config.metrics.listen, "127.0.0.1:2".parse().unwrap());
    assert_eq!(config.webhook.listen, Config::default().webhook.listen);
}

#[test]
fn the_variable_names_the_file_unless_the_command_line_does() {
    let directory = tempfile::tempdir().unwrap();
    let (named, other) = (directory.path().join("a.yaml"), directory.path().join("b.yaml"));
    std::fs::write(&named, "log: {level: warn}").unwrap();
    std::fs::write(&other, "log: {level: debug}").unwrap();
    let environment = Environment::of([("WHARFINGER_CONFIG", other.to_str().unwrap())]);
    assert_eq!(Config::load(Some(&named), &environment).unwrap().log.level, "warn");
    assert_eq!(Config::load(None, &environment).unwrap().log.level, "debug");
}

#[test]
fn clusters_come_from_the_file_and_variables_change_and_add_to_them() {
    let yaml = "clusters:\n  - {name: a, kubeconfig: /a}\n";
    let variables = [
        ("WHARFINGER_CLUSTERS_0_MODE", "AUDIT"),
        ("WHARFINGER_CLUSTERS_1_NAME", "b"),
        ("WHARFINGER_CLUSTERS_1_IN_CLUSTER", "true"),
    ];
    let config = load(yaml, &variables).unwrap();
    let names: Vec<_> = config.clusters.iter().map(|cluster| (cluster.name.as_str(), cluster.mode)).collect();
    assert_eq!(names, [("a", EnforcementMode::Audit), ("b", EnforcementMode::Enforce)]);
    assert_eq!(config.clusters[0].unnamed_hosts, UnknownRegistries::Deny);
    assert_eq!(config.clusters[0].unknown_registries, UnknownRegistries::Allow);
}

#[test]
fn an_unknown_key_is_refused_with_its_line_and_the_nearest_known_one() {
    let text = refusal("log:\n  level: info\nwebhook:\n  lisen: x\n", &[]);
    assert!(text.ends_with("wharfinger.yaml:4: webhook.lisen: is not known; did you mean `webhook.listen`?"), "{text}");
    let text = refusal("", &[("WHARFINGER_WEBHOK_LISTEN", "x")]);
    assert!(text.contains("did you mean `WHARFINGER_WEBHOOK_LISTEN`?"), "{text}");
    let text = refusal("clusters: [{name: a, kubeconfg: /a}]", &[]);
    assert!(text.contains("clusters[0].kubeconfg: is not known; did you mean `clusters[0].kubeconfig`?"), "{text}");
}

#[test]
fn a_value_in_the_place_of_a_section_is_told_the_keys() {
    assert!(refusal("log: info", &[]).contains("log: takes no value itself; write keys below it: format, level"));
    assert!(refusal("clusters: prod", &[]).contains("write keys below it: name, kubeconfig"));
}

#[test]
fn all_that_is_wrong_is_told_at_once_with_where_and_what_to_write() {
    let yaml = "api: {listen: here}\nsync: {interval: 5}\nshutdown: {grace: 0s}\n";
    let text = refusal(yaml, &[("WHARFINGER_LOG_FORMAT", "xml")]);
    assert_eq!(text.lines().count(), 4, "{text}");
    for part in [
        ":1: api.listen: found `here`; write an IP address and a port",
        ":2: sync.interval: found `5`; write a number with a unit",
        ":3: shutdown.grace: found `0s`; write a time longer than zero",
        "environment variable WHARFINGER_LOG_FORMAT: log.format: found `xml`; write `text` or `json`",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

#[test]
fn a_budget_is_a_number_and_that_of_cost_is_enough_for_any_request() {
    let config = load("budgets: {cost: 2000, syncs: 1}", &[("WHARFINGER_BUDGETS_REGISTRY_TESTS", "3")]).unwrap();
    let budgets = config.budgets;
    assert_eq!([budgets.cost, budgets.syncs, budgets.registry_tests].map(NonZeroU32::get), [2000, 1, 3]);
    assert!(refusal("budgets: {cost: 1999}", &[]).contains("found `1999`; write a number from 2000 to 4294967295"));
    for none in ["0", "-1", "off"] {
        assert!(refusal(&format!("budgets: {{syncs: {none}}}"), &[]).contains("write a number from 1 to 4294967295"));
    }
}

#[test]
fn a_key_pasted_in_the_place_of_its_file_is_not_repeated() {
    let variables = [("WHARFINGER_API_TLS_KEY", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----")];
    let text = refusal("", &variables);
    assert!(!text.contains("c2VjcmV0"), "{text}");
    assert!(text.contains("write the path of a file, not what is in it"), "{text}");
}

#[test]
fn a_certificate_needs_its_key_and_a_key_its_certificate() {
    assert!(refusal("api: {tls: {certificate: /c}}", &[]).contains("api.tls.key: is missing"));
    assert!(refusal("webhook: {tls: {key: /k}}", &[]).contains("webhook.tls.certificate: is missing"));
}

#[test]
fn a_cluster_needs_a_name_of_its_own_and_one_way_to_be_reached() {
    assert!(refusal("clusters: [{kubeconfig: /a}]", &[]).contains("clusters[0].name: is missing"));
    assert!(refusal("clusters: [{name: a}]", &[]).contains("clusters[0].kubeconfig: is missing"));
    assert!(refusal("clusters: [{name: A, inCluster: true}]", &[]).contains("use lower-case letters"));
    let twice = "clusters: [{name: a, inCluster: true}, {name: a, kubeconfig: /a}]";
    assert!(refusal(twice, &[]).contains("clusters[1].name: is the name of an earlier cluster too"));
    let both = "clusters: [{name: a, inCluster: true, kubeconfig: /a}]";
    assert!(refusal(both, &[]).contains("clusters[0].inCluster: leave it out"));
}

#[test]
fn a_mode_that_yaml_could_take_for_a_boolean_is_the_mode() {
    let config = load("clusters: [{name: a, inCluster: true, mode: OFF}]\nsnapshot: {maxAge: off}", &[]).unwrap();
    assert_eq!(config.clusters[0].mode, EnforcementMode::Off);
}

#[test]
fn system_namespaces_are_exempt_and_the_own_one_in_its_own_cluster_only() {
    let yaml = "clusters: [{name: a, inCluster: true}, {name: b, kubeconfig: /b}]\n\
                exemptions: [{namespace: monitoring, reason: agents}, {cluster: b, namespace: only-b, reason: test}]";
    let config = load(yaml, &[]).unwrap();
    let of = |number: usize| {
        let exemptions = config.exemptions_beside(&config.clusters[number], Some("gate"));
        exemptions.into_iter().map(|exemption| exemption.namespace.into_string()).collect::<Vec<_>>()
    };
    assert_eq!(of(0), ["monitoring", "kube-system", "kube-node-lease", "kube-public", "gate"]);
    assert_eq!(of(1), ["monitoring", "only-b", "kube-system", "kube-node-lease", "kube-public"]);
    let without = load(&format!("{yaml}\nexemptSystemNamespaces: false"), &[]).unwrap();
    assert_eq!(without.exemptions_beside(&without.clusters[0], None).len(), 1);
}

#[test]
fn an_exemption_needs_a_namespace_a_reason_and_a_cluster_that_is_there() {
    let text = refusal("exemptions: [{cluster: gone}]", &[]);
    assert!(text.contains("exemptions[0].namespace: is missing"), "{text}");
    assert!(text.contains("exemptions[0].reason: is missing"), "{text}");
    assert!(text.contains("exemptions[0].cluster: no cluster has this name"), "{text}");
}

#[test]
fn a_file_that_is_not_there_or_no_yaml_is_named() {
    let error = Config::load(Some(Path::new("/nowhere/w.yaml")), &Environment::default()).unwrap_err();
    assert!(error.to_string().starts_with("cannot read the configuration file /nowhere/w.yaml:"));
    assert!(refusal("log: [", &[]).contains("wharfinger.yaml:"));
}

#[test]
fn a_registration_needs_the_authority_of_a_certificate_that_is_given() {
    let given = "webhook:\n  tls: {certificate: /c, key: /k}\n";
    let cluster = "clusters:\n  - {name: a, kubeconfig: /a, registration: wharfinger}\n";
    let text = refusal(&format!("{given}{cluster}"), &[]);
    assert!(text.contains("webhook.tls.authority: is missing"), "{text}");
    let config = load(&format!("{given}{cluster}"), &[("WHARFINGER_WEBHOOK_TLS_AUTHORITY", "/ca")]).unwrap();
    assert_eq!(config.webhook.authority.as_deref(), Some(Path::new("/ca")));
    assert_eq!(config.clusters[0].registration.as_deref(), Some("wharfinger"));
    assert_eq!(load(cluster, &[]).unwrap().webhook.authority, None, "the product knows its own");
    assert!(load(given, &[]).is_ok(), "nobody asks for it");
}

#[test]
fn the_first_password_is_in_a_file_or_in_a_secret_of_a_cluster_that_is_known() {
    let inside = "clusters: [{name: a, inCluster: true}]\n";
    let outside = "clusters: [{name: a, kubeconfig: /a}]\n";
    let secret = |keys: &str| format!("identity: {{passwordSecret: {{{keys}}}}}\n");
    let cluster = |yaml: &str| load(yaml, &[]).unwrap().password_cluster().map(|cluster| cluster.name.clone());
    assert_eq!(cluster(&format!("{inside}{}", secret("name: s"))).as_deref(), Some("a"));
    assert_eq!(cluster(&format!("{outside}{}", secret("name: s, namespace: n, cluster: a"))).as_deref(), Some("a"));
    for (yaml, words) in [
        (format!("{outside}{}", secret("name: s, cluster: a")), "namespace: is missing; name the Secret's namespace"),
        (format!("{outside}{}", secret("name: s, namespace: n")), "cluster: is missing, and no cluster is `inCluster`"),
        (format!("{inside}{}", secret("name: s, cluster: b")), "cluster: no cluster has this name"),
        (format!("{inside}{}", secret("namespace: n")), "namespace: goes with `identity.passwordSecret.name` only"),
    ] {
        let text = refusal(&yaml, &[]);
        assert!(text.contains(&format!("identity.passwordSecret.{words}")), "{text}");
    }
    let both = [("WHARFINGER_IDENTITY_PASSWORD_FILE", "/p")];
    let text = refusal(&format!("{inside}{}", secret("name: s")), &both);
    assert!(
        text.contains("identity.passwordSecret.name: leave it out, or leave out `identity.passwordFile`"),
        "{text}"
    );
}

#[test]
fn clients_of_the_webhook_are_known_by_an_authority_and_perhaps_by_name() {
    let clients = |yaml: &str| load(yaml, &[]).unwrap().webhook.clients();
    assert_eq!(clients(""), None);
    let named = clients("webhook: {tls: {clientAuthority: /ca, clientNames: 'a, system:b'}}").unwrap();
    assert_eq!((named.authority, named.names), (PathBuf::from("/ca"), vec!["a".to_owned(), "system:b".to_owned()]));
    let text = refusal("webhook: {tls: {clientNames: a}}", &[]);
    assert!(text.contains("webhook.tls.clientAuthority: is missing"), "{text}");
    let text = refusal("webhook: {tls: {clientAuthority: /ca, clientNames: 'a,,b'}}", &[]);
    assert!(text.contains("webhook.tls.clientNames: found") && text.contains("between commas"), "{text}");
}
