//! Which addresses a registry may have. Whoever enters a registry makes this product send requests, so that without a rule
//! it would reach for its user what the user cannot reach. Public addresses are open; of the others those that an operator
//! has opened.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv6Net};

/// Where a registry may be, and where it may send for tokens.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reach {
    /// Networks that are open besides the public ones.
    pub open: Vec<IpNet>,
    /// Hosts of token services to which a registry elsewhere may send for tokens, and so its credential.
    pub realms: Vec<String>,
    /// Servers that are no registry, `(host, port)`: the API servers of clusters.
    pub never: Vec<(String, u16)>,
}

/// What an address is that is not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AddressKind {
    /// The machine itself.
    Loopback,
    /// The link, without a router.
    LinkLocal,
    /// Nobody.
    Unspecified,
    /// Many.
    Multicast,
    /// A network of one's own: RFC 1918, RFC 4193, and RFC 6598 between a provider and its customers.
    Private,
    /// Where clouds tell a machine its identity, and give it credentials. It cannot be opened.
    Metadata,
    /// The API server of a cluster. It cannot be opened.
    ApiServer,
    /// What the registries of IANA keep for documents, tests, translation and the future.
    Reserved,
}

impl AddressKind {
    /// The kind in words, with an article.
    pub fn words(self) -> &'static str {
        match self {
            Self::Loopback => "a loopback address",
            Self::LinkLocal => "a link-local address",
            Self::Unspecified => "the unspecified address",
            Self::Multicast => "a multicast address",
            Self::Private => "an address of a private network",
            Self::Metadata => "the address of a cloud's metadata service",
            Self::ApiServer => "a Kubernetes API server",
            Self::Reserved => "a reserved address",
        }
    }
}

/// Where clouds keep their metadata services: AWS, Azure and most others, AWS for tasks of ECS, AWS over IPv6, Google
/// over IPv6, Alibaba, and Azure's host.
const METADATA: [IpAddr; 6] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
];

/// The networks that are not public, from the IPv4 and IPv6 special-purpose address registries of IANA.
const SPECIAL: [(&str, AddressKind); 28] = [
    ("0.0.0.0/32", AddressKind::Unspecified),
    ("0.0.0.0/8", AddressKind::Reserved),
    ("10.0.0.0/8", AddressKind::Private),
    ("100.64.0.0/10", AddressKind::Private),
    ("127.0.0.0/8", AddressKind::Loopback),
    ("169.254.0.0/16", AddressKind::LinkLocal),
    ("172.16.0.0/12", AddressKind::Private),
    ("192.0.0.0/24", AddressKind::Reserved),
    ("192.0.2.0/24", AddressKind::Reserved),
    ("192.88.99.0/24", AddressKind::Reserved),
    ("192.168.0.0/16", AddressKind::Private),
    ("198.18.0.0/15", AddressKind::Reserved),
    ("198.51.100.0/24", AddressKind::Reserved),
    ("203.0.113.0/24", AddressKind::Reserved),
    ("224.0.0.0/4", AddressKind::Multicast),
    ("240.0.0.0/4", AddressKind::Reserved),
    ("::/128", AddressKind::Unspecified),
    ("::1/128", AddressKind::Loopback),
    ("::/96", AddressKind::Reserved),
    ("64:ff9b:1::/48", AddressKind::Reserved),
    ("100::/64", AddressKind::Reserved),
    ("2001::/23", AddressKind::Reserved),
    ("2001:db8::/32", AddressKind::Reserved),
    ("3fff::/20", AddressKind::Reserved),
    ("fc00::/7", AddressKind::Private),
    ("fe80::/10", AddressKind::LinkLocal),
    ("fec0::/10", AddressKind::Private),
    ("ff00::/8", AddressKind::Multicast),
];

/// IPv6 networks whose addresses hold an IPv4 address, at this offset in bytes: NAT64 (RFC 6052) and 6to4 (RFC 3056). What
/// is reached by them is the IPv4 address.
const EMBEDDING: [(&str, usize); 2] = [("64:ff9b::/96", 12), ("2002::/16", 2)];

impl Reach {
    /// Whether a registry may be there; the kind of the address when not.
    pub fn judge(&self, address: IpAddr) -> Result<(), AddressKind> {
        let address = plain(address);
        if METADATA.contains(&address) {
            return Err(AddressKind::Metadata);
        }
        if self.open.iter().any(|network| network.contains(&address)) {
            return Ok(());
        }
        let kind = SPECIAL.iter().find(|(network, _)| network_of(network).is_some_and(|it| it.contains(&address)));
        kind.map_or(Ok(()), |(_, kind)| Err(*kind))
    }

    /// The servers that are no registry and answer at this port.
    pub(crate) fn never_at(&self, port: u16) -> impl Iterator<Item = &str> {
        self.never.iter().filter(move |(_, other)| *other == port).map(|(host, _)| host.as_str())
    }
}

/// The address that is reached by this one: what is mapped or embedded in it, where there is something.
fn plain(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address.to_canonical() else { return address.to_canonical() };
    for (network, offset) in EMBEDDING {
        if network.parse::<Ipv6Net>().is_ok_and(|network| network.contains(&v6)) {
            let octets = v6.octets();
            if let Some([a, b, c, d]) = octets.get(offset..offset + 4) {
                return IpAddr::V4(Ipv4Addr::new(*a, *b, *c, *d));
            }
        }
    }
    IpAddr::V6(v6)
}

fn network_of(text: &str) -> Option<IpNet> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(reach: &Reach, address: &str) -> Result<(), AddressKind> {
        reach.judge(address.parse().expect("an address"))
    }

    #[test]
    fn every_network_of_the_table_is_one() {
        assert!(SPECIAL.iter().all(|(network, _)| network_of(network).is_some()));
        assert!(EMBEDDING.iter().all(|(network, _)| network.parse::<Ipv6Net>().is_ok()));
    }

    #[test]
    fn what_is_not_public_is_closed_however_it_is_written() {
        let nothing_opened = Reach::default();
        for (address, kind) in [
            ("127.0.0.1", AddressKind::Loopback),
            ("127.255.0.3", AddressKind::Loopback),
            ("::1", AddressKind::Loopback),
            ("::ffff:127.0.0.1", AddressKind::Loopback),
            ("64:ff9b::7f00:1", AddressKind::Loopback),
            ("2002:7f00:1::", AddressKind::Loopback),
            ("169.254.1.1", AddressKind::LinkLocal),
            ("fe80::1", AddressKind::LinkLocal),
            ("169.254.169.254", AddressKind::Metadata),
            ("::ffff:169.254.169.254", AddressKind::Metadata),
            ("fd00:ec2::254", AddressKind::Metadata),
            ("100.100.100.200", AddressKind::Metadata),
            ("0.0.0.0", AddressKind::Unspecified),
            ("::", AddressKind::Unspecified),
            ("0.1.2.3", AddressKind::Reserved),
            ("224.0.0.1", AddressKind::Multicast),
            ("ff02::1", AddressKind::Multicast),
            ("255.255.255.255", AddressKind::Reserved),
            ("10.1.2.3", AddressKind::Private),
            ("172.31.255.255", AddressKind::Private),
            ("192.168.0.1", AddressKind::Private),
            ("100.64.0.1", AddressKind::Private),
            ("fd12::1", AddressKind::Private),
            ("192.0.2.1", AddressKind::Reserved),
            ("2001:db8::1", AddressKind::Reserved),
            ("::10.0.0.1", AddressKind::Reserved),
        ] {
            assert_eq!(judged(&nothing_opened, address), Err(kind), "{address}");
        }
        for address in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::808:808"] {
            assert_eq!(judged(&nothing_opened, address), Ok(()), "{address}");
        }
    }

    #[test]
    fn what_was_opened_is_open_but_for_metadata() {
        let open = ["127.0.0.0/8", "169.254.0.0/16", "fc00::/7"].map(|network| network.parse().expect("a network"));
        let opened = Reach { open: open.into(), ..Reach::default() };
        for address in ["127.0.0.1", "::ffff:127.0.0.1", "169.254.1.1", "fd12::1"] {
            assert_eq!(judged(&opened, address), Ok(()), "{address}");
        }
        assert_eq!(judged(&opened, "::1"), Err(AddressKind::Loopback));
        assert_eq!(judged(&opened, "10.0.0.1"), Err(AddressKind::Private));
        for address in ["169.254.169.254", "fd00:ec2::254"] {
            assert_eq!(judged(&opened, address), Err(AddressKind::Metadata), "{address}");
        }
    }
}
