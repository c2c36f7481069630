//! The one list of where a pod or a template holds images. The types decode only that much of an object, borrow from its
//! JSON, and refuse what has not the type it must have.

mod object;
mod place;
mod template;

use std::borrow::Cow;

use serde::Deserialize;

pub use object::Object;
use place::List;
pub use place::Place;
pub use template::{TemplateImages, WorkloadKind};

/// The images of a Pod object (`core/v1`). A list that is `null` or absent is empty; other fields are not looked at.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct PodImages<'a>(#[serde(borrow)] Object<Pod<'a>>);

impl PodImages<'_> {
    /// The path of the field that the places of a pod's images are below.
    pub const PREFIX: &'static str = "spec";

    /// What the object itself says it is; `None` when it does not say.
    pub fn kind(&self) -> Option<&str> {
        self.0.0.kind.as_deref()
    }

    /// Every image, in the order containers, init containers, ephemeral containers, volumes.
    pub fn images(&self) -> impl Iterator<Item = Image<'_>> {
        self.0.0.spec.iter().flat_map(|spec| spec.0.images())
    }
}

/// One image of a pod or a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Image<'a> {
    /// Where it stands.
    pub place: Place,
    /// The text, as it stands there; empty when there is none.
    pub reference: &'a str,
    /// The name of the ephemeral container that it is the image of; `None` for any other image.
    pub ephemeral_name: Option<&'a str>,
}

#[derive(Debug, Deserialize)]
struct Pod<'a> {
    #[serde(borrow, default)]
    kind: Option<Text<'a>>,
    #[serde(borrow, default)]
    spec: Option<Object<PodSpec<'a>>>,
}

/// The template of a pod (`PodTemplateSpec`).
#[derive(Debug, Deserialize)]
struct Template<'a> {
    #[serde(borrow, default)]
    spec: Option<Object<PodSpec<'a>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PodSpec<'a> {
    #[serde(borrow, default)]
    containers: Option<Vec<Object<Container<'a>>>>,
    #[serde(borrow, default)]
    init_containers: Option<Vec<Object<Container<'a>>>>,
    #[serde(borrow, default)]
    ephemeral_containers: Option<Vec<Object<Container<'a>>>>,
    #[serde(borrow, default)]
    volumes: Option<Vec<Object<Volume<'a>>>>,
}

#[derive(Debug, Deserialize)]
struct Container<'a> {
    #[serde(borrow, default)]
    name: Option<Text<'a>>,
    #[serde(borrow, default)]
    image: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
struct Volume<'a> {
    #[serde(borrow, default)]
    image: Option<Object<ImageSource<'a>>>,
}

#[derive(Debug, Deserialize)]
struct ImageSource<'a> {
    #[serde(borrow, default)]
    reference: Option<Text<'a>>,
}

/// A text that is borrowed unless it has escapes. Inside an `Option`, serde borrows through a type of one's own only.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Template<'_> {
    fn images(&self) -> impl Iterator<Item = Image<'_>> {
        self.spec.iter().flat_map(|spec| spec.0.images())
    }
}

impl PodSpec<'_> {
    fn images(&self) -> impl Iterator<Item = Image<'_>> {
        let lists = [
            (List::Containers, &self.containers),
            (List::InitContainers, &self.init_containers),
            (List::EphemeralContainers, &self.ephemeral_containers),
        ];
        let containers = lists.into_iter().flat_map(|(list, containers)| {
            let containers = containers.iter().flatten().enumerate();
            containers.map(move |(index, container)| container.0.image(Place::new(list, index)))
        });
        let volumes = self.volumes.iter().flatten().enumerate();
        containers.chain(volumes.filter_map(|(index, volume)| volume.0.image(Place::new(List::Volumes, index))))
    }
}

impl Container<'_> {
    fn image(&self, place: Place) -> Image<'_> {
        // The old object is searched for the name, so one that has none is called by the empty text.
        let ephemeral_name = place.is_ephemeral().then(|| text(self.name.as_ref()));
        Image { place, reference: text(self.image.as_ref()), ephemeral_name }
    }
}

impl Volume<'_> {
    fn image(&self, place: Place) -> Option<Image<'_>> {
        let source = self.image.as_ref()?;
        Some(Image { place, reference: text(source.0.reference.as_ref()), ephemeral_name: None })
    }
}

fn text<'a>(text: Option<&'a Text<'_>>) -> &'a str {
    text.map_or("", |text| text)
}
