//! Images made from their parts, and the many ways to write one down: what a text means is known by construction, so that
//! nothing has to read it.

use super::dice::Dice;

/// The names that hosts have, in their canonical form; those of the second list are addresses or single labels.
const NAMED: [&str; 6] = [
    "harbor.example.com",
    "docker.io",
    "mirror.example.org",
    "registry.corp-1.example",
    "index.docker.io",
    "registry-1.docker.io",
];
const UNNAMED: [&str; 6] = ["localhost", "harbor", "10.0.0.7", "0x0a.7", "[2001:db8::7]", "[::ffff:a00:7]"];
const PORTS: [Option<u16>; 6] = [None, None, None, Some(443), Some(80), Some(8443)];

/// The components that paths are made of. Some look like another, or like a host without being one.
pub(crate) const COMPONENTS: [&str; 9] =
    ["team-a", "team-ab", "team", "library", "app", "web", "localhost5000", "a.b", "x__y"];

/// Texts that are no reference.
const INVALID: [&str; 16] = [
    "",
    " ",
    "Nginx",
    "team-a/App",
    "harbor.example.com/",
    "harbor.example.com//app",
    "harbor.example.com/team-a/app:",
    "harbor.example.com/team-a/app:1:2",
    "harbor.example.com/team-a/app@sha256:abc",
    "harbor.example.com/team-a/app@",
    "https://harbor.example.com/team-a/app",
    " harbor.example.com/team-a/app",
    "harbor.example.com/team-a/app\n",
    "har_bor.example.com:443/team-a/app",
    "harbor.example.com/team-a/-app",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
];

/// Texts that name an image id.
const IDS: [&str; 5] = [
    "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "sha256:0123",
    "sha384:abc",
    "sha512:abcdef",
    "sha256:latest",
];

const TAGS: [&str; 3] = ["latest", "1.27", "V_2-x"];
const DIGEST: &str = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// A host by its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Host {
    pub(crate) name: &'static str,
    pub(crate) port: Option<u16>,
}

impl Host {
    pub(crate) fn random(dice: &mut Dice) -> Self {
        let name = if dice.chance(75) { *dice.pick(&NAMED) } else { *dice.pick(&UNNAMED) };
        Self { name, port: *dice.pick(&PORTS) }
    }

    /// An IP literal or a single label.
    pub(crate) fn is_unnamed(self) -> bool {
        UNNAMED.contains(&self.name)
    }

    /// The canonical text.
    pub(crate) fn canonical(self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.name),
            None => self.name.to_owned(),
        }
    }

    /// Some text that means this host in front of a path. A single label without a port is a host by its capitals only.
    fn spelled(self, dice: &mut Dice) -> String {
        let name = match self.name {
            "[2001:db8::7]" if dice.chance(40) => "[2001:DB8:0:0::0:0007]".to_owned(),
            "[::ffff:a00:7]" if dice.chance(40) => "[0:0:0:0:0:FFFF:0a00:7]".to_owned(),
            "harbor" if self.port.is_none() => "Harbor".to_owned(),
            // In small letters it is read as `docker.io`.
            "index.docker.io" if self.port.is_none() => with_capitals(self.name, dice),
            name if dice.chance(25) => with_capitals(name, dice),
            name => name.to_owned(),
        };
        match self.port {
            Some(port) if dice.chance(30) => format!("{name}:0{port}"),
            Some(port) => format!("{name}:{port}"),
            None => name,
        }
    }
}

/// The text with at least its first letter in capitals, when it has one.
fn with_capitals(name: &str, dice: &mut Dice) -> String {
    let mut first = true;
    let raise = |letter: char| {
        let raised = letter.is_ascii_lowercase() && (std::mem::take(&mut first) || dice.chance(30));
        if raised { letter.to_ascii_uppercase() } else { letter }
    };
    // In `0x0a` a capital is as good as anywhere else.
    name.chars().map(raise).collect()
}

/// An image by its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Image {
    pub(crate) host: Host,
    pub(crate) path: Vec<&'static str>,
    pub(crate) tag: Option<&'static str>,
    pub(crate) digest: Option<&'static str>,
}

impl Image {
    /// Some image of this repository.
    pub(crate) fn of(host: Host, path: Vec<&'static str>, dice: &mut Dice) -> Self {
        let tag = if dice.chance(60) { Some(*dice.pick(&TAGS)) } else { None };
        let digest = if dice.chance(30) { Some(DIGEST) } else { None };
        Self { host, path, tag, digest }
    }

    /// Some text that means this image.
    pub(crate) fn spelled(&self, dice: &mut Dice) -> String {
        let mut text = self.repository(dice);
        if let Some(tag) = self.tag {
            text = format!("{text}:{tag}");
        }
        if let Some(digest) = self.digest {
            text = format!("{text}@{digest}");
        }
        text
    }

    fn repository(&self, dice: &mut Dice) -> String {
        let path = self.path.join("/");
        if self.host != (Host { name: "docker.io", port: None }) {
            return format!("{}/{path}", self.host.spelled(dice));
        }
        match self.path[..] {
            // Only in exactly these spellings does Docker Hub's host put `library/` before a single component; in capitals
            // it does not.
            [_] => format!("{}/{path}", with_capitals("docker.io", dice)),
            ["library", name] if dice.chance(50) => match dice.below(3) {
                0 => name.to_owned(),
                1 => format!("docker.io/{name}"),
                _ => format!("index.docker.io/{name}"),
            },
            // A first component with a dot would be read as a host.
            [first, ..] if !first.contains('.') && dice.chance(30) => path,
            _ => match dice.below(3) {
                0 => format!("index.docker.io/{path}"),
                1 => format!("docker.io/{path}"),
                _ => format!("{}/{path}", with_capitals("docker.io", dice)),
            },
        }
    }
}

/// A text as it may stand in a pod, with what it means; `None`: it is no reference, or names an image by its id.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) text: String,
    pub(crate) image: Option<Image>,
}

impl Written {
    /// A text that means nothing that can be decided.
    pub(crate) fn invalid(dice: &mut Dice) -> Self {
        let text = if dice.chance(60) { *dice.pick(&INVALID) } else { *dice.pick(&IDS) };
        Self { text: text.to_owned(), image: None }
    }

    /// Some spelling of this image.
    pub(crate) fn of(image: Image, dice: &mut Dice) -> Self {
        Self { text: image.spelled(dice), image: Some(image) }
    }
}
