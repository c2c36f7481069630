//! `docs/configuration.md`, written from the table of keys, so that it cannot differ from what the parser does.

use std::fmt::Write as _;

use super::environment::variable;
use super::key::{CLUSTERS, EXEMPTIONS, KEYS, Key, List};

const INTRODUCTION: &str = "\
# Configuration

`wharfinger config reference` prints this page; a test holds it to the program, and `make golden` writes it anew.

There is one file, in YAML, and there are environment variables. `wharfinger serve --config FILE` names the file, else
the variable `WHARFINGER_CONFIG`, else there is none. What a variable says is preferred to what the file says, and what
neither says has its default. A variable that is empty says nothing. Everything is read once, at the start; files of
certificates are read again when they change.

A key that is not known is refused, in the file and in variables that begin with `WHARFINGER_`, and so is a value that
cannot be read: the start fails with a list of all that is wrong, each with its line or variable. Variables that
Kubernetes makes for services (`WHARFINGER_SERVICE_HOST` and the like) are left alone. No key holds a secret; keys name
the files that do.

`DATABASE_URL` is a variable only, because there is a password in it: the address of a PostgreSQL database, such as
`postgres://wharfinger:PASSWORD@db.example.com:5432/wharfinger?sslmode=verify-full`. Without it the embedded database in
`data.directory` is used. `sslmode` is `disable`, `prefer`, `require` or `verify-full`; without one, `verify-full`. Whenever
there is TLS the server's certificate is checked, its name included, `require` being no weaker than `verify-full`.

Times are written with a unit (`250ms`, `60s`, `5m`, `1h`), sizes in bytes or with `KiB` or `MiB`.

```yaml
data:
  directory: /var/lib/wharfinger
webhook:
  listen: 0.0.0.0:8443
  tls:
    names: [wharfinger-webhook.wharfinger.svc]
clusters:
  - name: prod
    inCluster: true
exemptions:
  - namespace: monitoring
    reason: Agents of every node; reviewed by the platform team
```
";

/// The page.
pub fn reference() -> String {
    let mut page = INTRODUCTION.to_owned();
    page.push_str("\n## Keys\n");
    table(&mut page, "", KEYS);
    section(&mut page, "Clusters", &CLUSTERS);
    section(&mut page, "Exemptions", &EXEMPTIONS);
    page
}

fn section<T>(page: &mut String, title: &str, list: &List<T>) {
    let (first, path) = (variable(&format!("{}[0].{}", list.path, list.keys[0].path)), list.path);
    let _ = write!(
        page,
        "\n## {title}\n\n`{path}` is a list. {}\nIn variables its entries are counted from 0: `{first}`.\n",
        list.about
    );
    table(page, &format!("{path}[n]."), list.keys);
}

fn table<T>(page: &mut String, prefix: &str, keys: &[Key<T>]) {
    page.push_str("\n| key and variable | default | meaning |\n| --- | --- | --- |\n");
    for key in keys {
        let path = format!("{prefix}{}", key.path);
        let default = key.default.map_or("–".to_owned(), |default| format!("`{default}`"));
        let _ =
            writeln!(page, "| `{path}`<br>`{}` | {default} | {} |", variable(&path).replace("_N_", "_n_"), key.about);
    }
}
