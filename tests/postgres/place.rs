//! Which database the products of these tests use.

use crate::database;
use crate::harness::platform::{Options, Platform};

/// What to run a product with on a database of its own.
pub(crate) fn options() -> Options {
    Options { database: Some(database::url()), ..Options::default() }
}

/// Makes the first registry one of a kind that nobody knows, as a damaged table has it.
pub(crate) fn damage(options: &Options, _: &Platform) {
    run(options, "ALTER TABLE {}.registries DROP CONSTRAINT registries_kind_check");
    run(options, "UPDATE {}.registries SET kind = 'HARBOX' WHERE kind = 'HARBOR'");
}

/// Puts right what [`damage`] did.
pub(crate) fn mend(options: &Options, _: &Platform) {
    run(options, "UPDATE {}.registries SET kind = 'HARBOR' WHERE kind = 'HARBOX'");
}

fn run(options: &Options, sql: &str) {
    let schema = database::schema(options.database.as_ref().unwrap());
    database::server().run(&sql.replace("{}", schema)).unwrap();
}
