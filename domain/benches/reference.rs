//! How long it takes to read a reference: part of every image of every admission.

use divan::{Bencher, black_box};
use wharfinger_domain::reference::Reference;

fn main() {
    divan::main();
}

const REFERENCES: [&str; 5] = [
    "nginx",
    "harbor.example.com/team/app:v1.27.3",
    "HARBOR.example.com:443/team/group/app:2026-01-31",
    "[2001:db8::1]:5000/team/app",
    "harbor.example.com/team/app:1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
];

#[divan::bench(args = REFERENCES)]
fn parse(bencher: Bencher<'_, '_>, raw: &str) {
    bencher.bench(|| Reference::parse(black_box(raw)).is_ok());
}

#[divan::bench(args = REFERENCES)]
fn canonical_host(bencher: Bencher<'_, '_>, raw: &str) {
    bencher.bench(|| Reference::parse(black_box(raw)).map(|reference| reference.canonical_host()));
}
