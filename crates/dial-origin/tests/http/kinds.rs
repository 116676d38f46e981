//! Feeds and buckets are asked by the same client, and so tell the same causes.

use dial_origin::fault::{CertificateFault, FaultKind};
use dial_origin::http::Policy;
use dial_origin::origin::Origin;
use dial_origin::origin::bucket::{Addressing, Bucket, Settings};
use dial_origin::origin::feed::{Feed, USUAL};
use jiff::tz::TimeZone;

use crate::bench::{Bench, patient, short};
use crate::faulty::Behaviour::{self, *};

fn kinds(bench: &Bench, policy: &Policy) -> [(&'static str, Box<dyn Origin>); 2] {
    let address = bench.faulty.url("good.test");
    let settings = Settings {
        bucket: "sound".into(),
        folder: String::new(),
        region: "us-east-1".into(),
        endpoint: Some(address.clone()),
        addressing: Addressing::Path,
        credentials: None,
    };
    let feed = Feed::new(bench.client(policy.clone()), &address, None, USUAL).unwrap();
    let bucket = Bucket::new(settings, bench.client(policy.clone())).unwrap();
    [("feed", Box::new(feed)), ("bucket", Box::new(bucket))]
}

async fn tells(policy: &Policy, table: &[(Behaviour, FaultKind)]) {
    let bench = Bench::new();
    for (behaviour, expected) in table {
        bench.faulty.behave(behaviour.clone());
        for (name, mut origin) in kinds(&bench, policy) {
            let fault = origin.list(&TimeZone::UTC).await.unwrap_err();
            assert_eq!(fault.kind, *expected, "{name}, {behaviour:?}: {fault:?}");
            assert_eq!(fault.host, "good.test", "{name}, {behaviour:?}");
            let of_certificate = matches!(expected, FaultKind::Certificate(_));
            assert_eq!(fault.certificate.is_some(), of_certificate, "{name}, {behaviour:?}");
        }
    }
}

#[tokio::test]
async fn feeds_and_buckets_tell_the_causes_of_web_addresses() {
    let table = [
        (Refused, FaultKind::Refused),
        (SelfSigned, FaultKind::Certificate(CertificateFault::SelfSigned)),
        (IncompleteChain, FaultKind::Certificate(CertificateFault::Incomplete)),
        (OldTls, FaultKind::OldTls),
        (AsksForCertificate, FaultKind::AsksForCertificate),
        (PlainHttp, FaultKind::NotTls),
        (NotHttp, FaultKind::Garbled),
        (CutWithLength, FaultKind::Cut),
        (Status(410), FaultKind::Missing),
        (Status(401), FaultKind::Forbidden),
        (BusyFor("120"), FaultKind::Busy),
        (Status(204), FaultKind::NoContent),
        (EmptyAnswer, FaultKind::NoContent),
        (TruncatedGzip, FaultKind::BadEncoding),
    ];
    tells(&patient(), &table).await;
}

#[tokio::test]
async fn feeds_and_buckets_that_let_us_wait_are_given_up() {
    let table = [
        (SilentHandshake, FaultKind::NoAnswer),
        (SilentAfterRequest, FaultKind::NoAnswer),
        (DripsHead, FaultKind::NoAnswer),
        (DripsBody, FaultKind::Slow),
    ];
    tells(&short(), &table).await;
}
