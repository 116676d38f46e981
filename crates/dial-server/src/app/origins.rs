//! From a configuration to origins that can be asked.
//!
//! What is wrong with a token's file, or with a certificate, is the fault of that origin alone, and is told
//! as such: the others are asked all the same.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use dial_core::catalogue::FileName;
use dial_origin::fault::{Fault, FaultKind};
use dial_origin::http::{Client, Credentials, Policy, Secret, Surroundings};
use dial_origin::keeper::{NamedOrigin, line_dir};
use dial_origin::origin::bucket::{Addressing, Bucket, Settings};
use dial_origin::origin::feed::{Bounds, Feed, USUAL};
use dial_origin::origin::git::{Address, Branch, Git, GitSettings, Network};
use dial_origin::origin::{Folder, Http, Item, Listing, Origin, Progress, Wait};
use jiff::tz::TimeZone;

use crate::config::{self, Entry, OriginKind};
use crate::secret;

/// So many recordings WordPress puts on a page of a feed.
const ITEMS_OF_A_PAGE: usize = 10;

/// The origins of a line, the preferred one first.
pub(super) fn open(
    origins: &[config::Origin],
    data_dir: &Path,
    line: &str,
    surroundings: &Surroundings,
) -> Vec<NamedOrigin> {
    let open = |origin: &config::Origin| {
        let folder = line_dir(data_dir, line).join("git").join(&origin.name);
        let made =
            kind(&origin.kind, &folder, surroundings).unwrap_or_else(|fault| Box::new(Unusable(fault)));
        NamedOrigin { name: origin.name.clone(), origin: made }
    };
    origins.iter().map(open).collect()
}

/// `folder` is for what the origin keeps of its own.
fn kind(kind: &OriginKind, folder: &Path, surroundings: &Surroundings) -> Result<Box<dyn Origin>, Fault> {
    let client = |policy: Policy| Client::new(policy, surroundings.clone());
    Ok(match kind {
        OriginKind::Folder { path } => Box::new(Folder::new(path.clone())),
        OriginKind::Http { url, entry, way } => {
            let http = Http::new(client(way.policy()), url, credentials(entry)?);
            Box::new(http.map_err(|error| wrong(url, &error))?)
        }
        OriginKind::Git { url, branch, folder: inside, token_file, private, limits } => {
            let network = if *private { Network::Private } else { Network::Public };
            let address =
                Address::new(url, network).map_err(|error| wrong("the address of a repository", &error))?;
            let mut settings = GitSettings::new(address);
            let branch = branch.as_deref().map(Branch::new).transpose();
            settings.branch = branch.map_err(|error| wrong("the branch", &error))?;
            let inside = inside.as_deref().map(FileName::new).transpose();
            settings.folder = inside.map_err(|error| wrong("the folder of the repository", &error))?;
            settings.token.clone_from(token_file);
            limits.restrict(&mut settings);
            Box::new(Git::new(settings, folder))
        }
        OriginKind::Feed { url, items, entry, way } => {
            let feed = Feed::new(client(way.policy()), url, credentials(entry)?, bounds(*items));
            Box::new(feed.map_err(|error| wrong("the address of a feed", &error))?)
        }
        OriginKind::Bucket { bucket, folder, region, endpoint, host_style, credentials_file, way } => {
            let settings = Settings {
                bucket: bucket.clone(),
                folder: folder.clone(),
                region: region.clone(),
                endpoint: endpoint.clone(),
                addressing: if *host_style { Addressing::Host } else { Addressing::Path },
                credentials: credentials_file.clone(),
            };
            let bucket = Bucket::new(settings, client(way.policy()));
            Box::new(bucket.map_err(|error| wrong("the address of a bucket", &error))?)
        }
    })
}

/// Whoever wants many recordings wants the pages that hold them.
fn bounds(items: u32) -> Bounds {
    let items = items.try_into().unwrap_or(USUAL.items);
    Bounds { items, pages: USUAL.pages.max(items.div_ceil(ITEMS_OF_A_PAGE)) }
}

fn credentials(entry: &Entry) -> Result<Option<Credentials>, Fault> {
    let read = |path: &Path| match secret::Secret::from_file(path) {
        Ok(secret) => Ok(Secret::new(secret.expose())),
        Err(error) => Err(Fault::new(FaultKind::Folder(error.to_string()), path.display().to_string())),
    };
    Ok(match (&entry.token_file, &entry.user, &entry.password_file) {
        (Some(token), ..) => Some(Credentials::Bearer(read(token)?)),
        (None, Some(user), Some(password)) => {
            Some(Credentials::Basic { user: user.clone(), password: read(password)? })
        }
        _ => None,
    })
}

fn wrong(place: &str, error: &dyn std::fmt::Display) -> Fault {
    Fault::new(FaultKind::Folder(error.to_string()), place)
}

/// An origin that cannot be asked, for a reason of ours.
struct Unusable(Fault);

impl Origin for Unusable {
    fn list<'a>(&'a mut self, _zone: &'a TimeZone) -> Wait<'a, Result<Arc<Listing>, Fault>> {
        Box::pin(std::future::ready(Err(self.0.clone())))
    }

    fn fetch<'a>(
        &'a mut self,
        _item: &'a Item,
        _draft: &'a Path,
        _progress: Progress<'a>,
    ) -> Wait<'a, Result<PathBuf, Fault>> {
        Box::pin(std::future::ready(Err(self.0.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Way;

    #[tokio::test]
    async fn feeds_and_buckets_are_asked_and_kept_out_of_our_own_network() {
        let feed = |url: &str| OriginKind::Feed {
            url: url.into(),
            items: 200,
            entry: Entry::default(),
            way: Way::usual(),
        };
        let bucket = |endpoint: &str, file: Option<&str>| OriginKind::Bucket {
            bucket: "sound".into(),
            folder: "st-annes".into(),
            region: "us-east-1".into(),
            endpoint: Some(endpoint.into()),
            host_style: false,
            credentials_file: file.map(PathBuf::from),
            way: Way::usual(),
        };
        let (private, ours) = ("private-address", "folder");
        let table = [
            (feed("https://127.0.0.1:9/?feed=podcast"), private),
            (feed("http://127.0.0.1:9/"), ours),
            (bucket("https://127.0.0.1:9/", None), private),
            (bucket("http://127.0.0.1:9/", None), ours),
            (bucket("https://127.0.0.1:9/", Some("/nowhere/key")), ours),
        ];
        for (origin, expected) in table {
            let fault = match kind(&origin, Path::new("/nowhere"), &Surroundings::default()) {
                Ok(mut made) => made.list(&TimeZone::UTC).await.unwrap_err(),
                Err(fault) => fault,
            };
            assert_eq!(fault.kind.label(), expected, "{origin:?}: {fault:?}");
        }
    }

    #[test]
    fn whoever_wants_many_recordings_of_a_feed_gets_the_pages_that_hold_them() {
        assert_eq!(bounds(5), Bounds { items: 5, pages: 20 });
        assert_eq!(bounds(2000), Bounds { items: 2000, pages: 200 });
    }
}
