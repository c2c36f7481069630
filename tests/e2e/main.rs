//! The product as its users meet it: the real binary, a real Kubernetes API server with its controllers, a real registry
//! beside the fake Harbor, and kubectl. A test looks at what the API server stored, or did not, and at what kubectl showed.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../harness/harness.rs"]
#[expect(dead_code, reason = "the other binary of tests uses the rest")]
mod harness;

#[path = "../harness/authority.rs"]
mod authority;
mod case;
mod control_plane;
mod manifest;
mod world;

mod cases_namespaces;
mod cases_pods;
mod changes;
mod client_certificate;
mod cluster;
mod debug;
mod distribution;
mod dry_run;
mod image_ids;
mod installation;
mod namespaces;
mod outage;
mod pods;
mod registration;
mod tampering;
mod workloads;
