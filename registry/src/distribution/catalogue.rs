//! Names: the registry's catalogue and a repository's tags. Both are pages that end with a relative link; only the
//! place where the next page begins is taken from it, never its address.

use reqwest::StatusCode;
use serde::Deserialize;
use url::Url;
use url::form_urlencoded::byte_serialize;

use crate::RegistryError;
use crate::distribution::{Distribution, checked_name};
use crate::http::Reply;

/// What an account needs to read the catalogue, in the words of token services.
pub(super) const RIGHT: &str = "registry:catalog:*";
#[derive(Deserialize)]
struct Catalogue {
    repositories: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Tags {
    tags: Option<Vec<String>>,
}

impl Distribution {
    /// All repositories, in the registry's order.
    pub(super) async fn names(&self) -> Result<Vec<String>, RegistryError> {
        let mut all = Vec::new();
        let mut last = None;
        loop {
            let (mut names, next) = self.names_after(last.as_deref(), self.session.http.limits.names).await?;
            let what = "the catalogue";
            all.append(&mut names);
            self.check_rows(all.len(), what)?;
            match next {
                None => return Ok(all),
                // The same place again would be a walk without an end.
                Some(next) if last.as_ref() == Some(&next) => return Err(standing_still(what)),
                Some(next) => last = Some(next),
            }
        }
    }

    /// Whether the catalogue is open, and a few names.
    pub(super) async fn first_names(&self) -> Result<Vec<String>, RegistryError> {
        self.names_after(None, 1).await.map(|(names, _)| names)
    }

    async fn names_after(&self, last: Option<&str>, n: usize) -> Result<(Vec<String>, Option<String>), RegistryError> {
        let reply = self.session.get(&format!("/v2/_catalog?n={n}{}", after(last)), RIGHT).await?;
        match reply.status {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::NOT_FOUND
            | StatusCode::METHOD_NOT_ALLOWED => return Err(RegistryError::CatalogueClosed),
            _ => return Err(reply.failed()),
        }
        let names = reply.json::<Catalogue>()?.repositories.unwrap_or_default();
        let names = names.into_iter().map(checked_name).collect::<Result<_, _>>()?;
        Ok((names, next_place(&reply)?))
    }

    /// The tags of a repository, each once; `None` when the repository is not known.
    pub(super) async fn tag_names(&self, name: &str, scope: &str) -> Result<Option<Vec<String>>, RegistryError> {
        let mut all = Vec::new();
        let mut last: Option<String> = None;
        loop {
            let path = format!("/v2/{name}/tags/list?n={}{}", self.session.http.limits.names, after(last.as_deref()));
            let reply = self.session.get(&path, scope).await?;
            match reply.status {
                StatusCode::OK => {}
                StatusCode::NOT_FOUND => return Ok(None),
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                    return Err(RegistryError::MissingRight(scope.to_owned()));
                }
                _ => return Err(reply.failed()),
            }
            all.extend(reply.json::<Tags>()?.tags.unwrap_or_default().into_iter().filter(|tag| is_tag(tag)));
            self.check_rows(all.len(), "tags")?;
            match next_place(&reply)? {
                None => break,
                Some(next) if last.as_ref() == Some(&next) => return Err(standing_still("tags")),
                Some(next) => last = Some(next),
            }
        }
        all.sort_unstable();
        all.dedup();
        Ok(Some(all))
    }

    fn check_rows(&self, rows: usize, what: &str) -> Result<(), RegistryError> {
        let limit = self.session.http.limits.rows;
        if rows <= limit {
            return Ok(());
        }
        Err(RegistryError::TooLarge { what: what.to_owned(), limit: format!("{limit} rows") })
    }
}

fn standing_still(what: &str) -> RegistryError {
    RegistryError::Malformed { what: what.to_owned(), reason: "its pages lead back to themselves".to_owned() }
}

fn after(last: Option<&str>) -> String {
    last.map(|last| format!("&last={}", byte_serialize(last.as_bytes()).collect::<String>())).unwrap_or_default()
}

/// Where the next page begins; `None` when there is none.
fn next_place(reply: &Reply) -> Result<Option<String>, RegistryError> {
    let Some(link) = reply.header("link").filter(|link| link.contains("rel=\"next\"") || link.contains("rel=next"))
    else {
        return Ok(None);
    };
    let target = link.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(target, _)| target);
    let anywhere = Url::parse("http://localhost/").ok();
    let url = target.zip(anywhere).and_then(|(target, base)| base.join(target).ok());
    let last = url.and_then(|url| url.query_pairs().find(|(key, _)| key == "last").map(|(_, last)| last.into_owned()));
    last.map(Some).ok_or_else(|| reply.malformed("its link to the next page does not tell where that begins"))
}

/// What an image reference can carry.
fn is_tag(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    (1..=128).contains(&name.len()) && !name.starts_with(['.', '-']) && name.bytes().all(inner)
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderMap, HeaderValue};

    use super::*;

    fn linking(link: &'static str) -> Reply {
        let headers = HeaderMap::from_iter([(reqwest::header::LINK, HeaderValue::from_static(link))]);
        Reply { status: StatusCode::OK, headers, body: Vec::new(), what: "/v2/_catalog".to_owned() }
    }

    #[test]
    fn takes_the_place_and_not_the_address_of_the_next_page() {
        let place = |link| next_place(&linking(link));
        assert_eq!(place(r#"</v2/_catalog?last=pub%2Fapp&n=2>; rel="next""#), Ok(Some("pub/app".to_owned())));
        assert_eq!(place(r#"<https://evil.example/x?last=a>; rel="next""#), Ok(Some("a".to_owned())));
        assert_eq!(place(r#"</v2/_catalog?last=a>; rel="prev""#), Ok(None));
        assert!(place(r#"</v2/_catalog?n=2>; rel="next""#).is_err());
    }
}
