//! A server on this machine, certificates in files, and connections that begin before and after a change.

mod bench;

use tokio::net::TcpStream;

use self::bench::{Kept, Root, ask, connect, presented, serve};

#[tokio::test]
async fn a_new_pair_is_for_new_connections_and_old_ones_go_on() {
    let (root, mut kept) = (Root::new(), Kept::new());
    kept.write(&root.signs());
    assert_eq!(kept.look().await, ["presents phone.example.org (Valid)"]);
    let address = serve(&kept.served).await;
    let mut old = connect(address, &root).await.unwrap();
    assert_eq!(ask(&mut old).await, "HTTP/1.1 200 OK");

    kept.write(&root.signs());
    assert_eq!(kept.look().await, ["presents phone.example.org (Valid)"]);
    let mut new = connect(address, &root).await.unwrap();
    assert_ne!(presented(&old), presented(&new));
    assert_eq!(ask(&mut old).await, "HTTP/1.1 200 OK");
    assert_eq!(ask(&mut new).await, "HTTP/1.1 200 OK");
}

#[tokio::test]
async fn a_pair_that_cannot_be_presented_is_refused_and_told_once_and_the_old_one_stays() {
    let (root, other) = (Root::new(), Root::new());
    let good = root.signs();
    let ends = |year| root.signs_with(|params| params.not_after = rcgen::date_time_ymd(year, 1, 1));
    let begins = |year| root.signs_with(|params| params.not_before = rcgen::date_time_ymd(year, 1, 1));
    let wrong_chain = bench::Pem { chain: good.chain.clone() + &other.0.pem(), ..good.clone() };
    for (pem, why) in [
        (bench::Pem { key: root.signs().key, ..good.clone() }, "the key does not fit the certificate"),
        (wrong_chain, "the certificates are not each signed by the next"),
        (ends(2026), "it has expired, and the one in use has not"),
        (begins(2027), "it is not valid yet, and the one in use is"),
        (bench::Pem { key: String::new(), ..good.clone() }, "there is no private key in PEM"),
        (bench::Pem { chain: "none".into(), ..good.clone() }, "there is no certificate in PEM"),
    ] {
        let mut kept = Kept::new();
        kept.write(&good);
        kept.look().await;
        let used = kept.served.used().unwrap();
        kept.write(&pem);
        let told = kept.look().await;
        assert!(told.len() == 1 && told[0].starts_with("cannot use the certificate: "), "{told:?}");
        assert!(told[0].contains(why), "{told:?}");
        assert_eq!(kept.served.used().unwrap().certificate, used.certificate);
        assert_eq!(kept.look().await, [""; 0], "told once");
        kept.write(&root.signs());
        assert_eq!(kept.look().await, ["presents phone.example.org (Valid)"]);
    }
}

#[tokio::test]
async fn an_expired_pair_is_better_than_none() {
    let (root, mut kept) = (Root::new(), Kept::new());
    kept.write(&root.signs_with(|params| params.not_after = rcgen::date_time_ymd(2026, 1, 1)));
    assert_eq!(kept.look().await, ["presents phone.example.org (Expired)"]);
}

#[tokio::test]
async fn files_that_are_still_being_written_are_left_alone() {
    let (root, mut kept) = (Root::new(), Kept::new());
    kept.write(&root.signs());
    kept.look().await;
    let new = root.signs();
    kept.write_chain(&new);
    assert_eq!(kept.look_once().await, [""; 0]);
    kept.write_key(&new);
    assert_eq!(kept.look_once().await, [""; 0]);
    assert_eq!(kept.look_once().await, ["presents phone.example.org (Valid)"]);
}

#[tokio::test]
async fn without_files_it_says_so_once_and_goes_on_looking() {
    let (root, mut kept) = (Root::new(), Kept::new());
    let told = kept.look().await;
    assert!(told.len() == 1 && told[0].contains("cannot read `"), "{told:?}");
    let address = serve(&kept.served).await;
    assert!(connect(address, &root).await.is_err(), "there is nothing to present");
    kept.write(&root.signs());
    assert_eq!(kept.look().await, ["presents phone.example.org (Valid)"]);
    ask(&mut connect(address, &root).await.unwrap()).await;
}

#[tokio::test]
async fn a_connection_that_says_nothing_keeps_nobody_waiting() {
    let (root, mut kept) = (Root::new(), Kept::new());
    kept.write(&root.signs());
    kept.look().await;
    let address = serve(&kept.served).await;
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(TcpStream::connect(address).await.unwrap());
    }
    assert_eq!(ask(&mut connect(address, &root).await.unwrap()).await, "HTTP/1.1 200 OK");
}
