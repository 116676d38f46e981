//! Asks the DNS where the servers of a name are (RFC 3263).

use std::time::Duration;

use dial_sip::chance::Chance;
use dial_sip::locate::{Answers, Naptr, Next, Question, Server, Srv, Target, locate};
use futures_util::future::join_all;
use hickory_resolver::proto::rr::{RData, RecordType};
use hickory_resolver::{ResolverBuilder, TokioResolver};
use tokio::time::timeout;
use tracing::debug;

/// How long a name may take to be found.
const LOOK_UP: Duration = Duration::from_secs(10);
/// A question more is not asked for one name: NAPTR, SRV, addresses, and some room.
const QUESTIONS: usize = 8;

/// Whom we ask: addresses the machine, which also knows names of its own; records of services the DNS itself.
#[derive(Clone, Default)]
pub(super) struct Dns(Option<TokioResolver>);

impl Dns {
    /// The servers of the machine's own settings. Without them only addresses are found.
    pub(super) fn of_machine() -> Self {
        let made = TokioResolver::builder_tokio().and_then(ResolverBuilder::build);
        Self(made.inspect_err(|error| debug!(%error, "No SRV records can be asked for")).ok())
    }

    /// Where the servers of a name stand now, the first to be asked first. None: it cannot be found.
    pub(super) async fn servers(&self, target: &Target) -> Vec<Server> {
        timeout(LOOK_UP, self.find(target)).await.unwrap_or_default()
    }

    async fn find(&self, target: &Target) -> Vec<Server> {
        let mut seed = [0; 32];
        // Without chance the weights of servers count for nothing; all of them are still found.
        let _ = getrandom::fill(&mut seed);
        let mut answers = Answers::default();
        for _ in 0..QUESTIONS {
            // Each time from the same seed: what was asked for is what is looked at next.
            match locate(target, &answers, &mut Chance::seeded(seed)) {
                Next::Found(servers) => return servers,
                Next::Ask(questions) => {
                    join_all(questions.into_iter().map(|question| self.ask(question)))
                        .await
                        .into_iter()
                        .for_each(|answer| answer.put(&mut answers));
                }
            }
        }
        Vec::new()
    }

    async fn ask(&self, question: Question) -> Answer {
        match question {
            Question::Addresses(name) => {
                let found = tokio::net::lookup_host((name.as_str(), 0)).await;
                let addresses = found.map(|all| all.map(|one| one.ip()).collect()).unwrap_or_default();
                Answer::Addresses(name, addresses)
            }
            Question::Srv(name) => {
                let read = |data: &RData| match data {
                    RData::SRV(srv) => Some(Srv {
                        priority: srv.priority,
                        weight: srv.weight,
                        port: srv.port,
                        target: srv.target.to_ascii(),
                    }),
                    _ => None,
                };
                let records = self.records(&name, RecordType::SRV, read).await;
                Answer::Srv(name, records)
            }
            Question::Naptr(name) => {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                let read = |data: &RData| match data {
                    RData::NAPTR(naptr) => Some(Naptr {
                        order: naptr.order,
                        preference: naptr.preference,
                        flags: text(&naptr.flags),
                        service: text(&naptr.services),
                        replacement: naptr.replacement.to_ascii(),
                    }),
                    _ => None,
                };
                let records = self.records(&name, RecordType::NAPTR, read).await;
                Answer::Naptr(name, records)
            }
        }
    }

    /// The records of a name; none if there are none, or nobody answers.
    async fn records<T>(&self, name: &str, kind: RecordType, read: impl Fn(&RData) -> Option<T>) -> Vec<T> {
        let Some(resolver) = &self.0 else { return Vec::new() };
        // With the dot at its end, the name is not looked for within our own domain.
        match resolver.lookup(format!("{}.", name.trim_end_matches('.')), kind).await {
            Ok(found) => found.answers().iter().filter_map(|record| read(&record.data)).collect(),
            Err(_) => Vec::new(),
        }
    }
}

enum Answer {
    Naptr(String, Vec<Naptr>),
    Srv(String, Vec<Srv>),
    Addresses(String, Vec<std::net::IpAddr>),
}

impl Answer {
    fn put(self, answers: &mut Answers) {
        match self {
            Self::Naptr(name, records) => drop(answers.naptr.insert(name, records)),
            Self::Srv(name, records) => drop(answers.srv.insert(name, records)),
            Self::Addresses(name, addresses) => drop(answers.addresses.insert(name, addresses)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use dial_sip::message::Scheme;
    use dial_sip::net::Transport;
    use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
    use hickory_resolver::net::runtime::TokioRuntimeProvider;
    use hickory_resolver::proto::op::{Message, ResponseCode};
    use hickory_resolver::proto::rr::{Name, Record, rdata};
    use tokio::net::UdpSocket;

    use super::*;

    /// A server of the DNS on this machine, and who asks it.
    async fn serve() -> Dns {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let mut connection = ConnectionConfig::udp();
        connection.port = socket.local_addr().unwrap().port();
        let server = NameServerConfig::new("127.0.0.1".parse().unwrap(), true, vec![connection]);
        let config = ResolverConfig::from_name_servers(vec![server]);
        tokio::spawn(async move {
            let mut bytes = [0; 1_024];
            while let Ok((length, from)) = socket.recv_from(&mut bytes).await {
                let answer = answer(Message::from_vec(&bytes[..length]).unwrap());
                socket.send_to(&answer.to_vec().unwrap(), from).await.unwrap();
            }
        });
        let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        Dns(Some(builder.build().unwrap()))
    }

    /// A company with two servers over TCP, the second for when the first is down; it likes TLS best.
    fn answer(question: Message) -> Message {
        let query = question.queries[0].clone();
        let name = |text: &str| Name::from_ascii(text).unwrap();
        let srv = |priority, port| RData::SRV(rdata::SRV::new(priority, 1, port, name("localhost.")));
        let naptr = |order, service: &[u8], next| {
            RData::NAPTR(rdata::NAPTR::new(order, 1, b"s"[..].into(), service.into(), [].into(), name(next)))
        };
        let records = match (query.name().to_ascii().as_str(), query.query_type()) {
            ("company.example.", RecordType::NAPTR) => {
                vec![
                    naptr(20, b"SIP+D2T", "_sip._tcp.company.example."),
                    naptr(10, b"SIPS+D2T", "_sips._tcp.company.example."),
                ]
            }
            ("_sips._tcp.company.example.", RecordType::SRV) => vec![srv(1, 5_061)],
            ("_sip._tcp.company.example.", RecordType::SRV) => vec![srv(20, 5_080), srv(10, 5_070)],
            _ => Vec::new(),
        };
        let mut answer = question.into_response();
        if records.is_empty() {
            answer.metadata.response_code = ResponseCode::NXDomain;
        }
        answer
            .add_answers(records.into_iter().map(|data| Record::from_rdata(query.name().clone(), 60, data)));
        answer
    }

    fn target(host: &str, transport: Option<Transport>) -> Target {
        let known = vec![Transport::Udp, Transport::Tcp, Transport::Tls];
        Target { scheme: Scheme::Sip, host: host.into(), port: None, transport, known }
    }

    async fn found(dns: &Dns, target: &Target) -> Vec<(Transport, u16)> {
        let servers = dns.servers(target).await;
        let v4 = servers.iter().filter(|server| server.address.is_ipv4());
        assert!(servers.iter().all(|server| server.address.ip().is_loopback()));
        v4.map(|server| (server.transport, server.address.port())).collect()
    }

    #[tokio::test]
    async fn the_servers_of_a_company_are_those_that_its_name_tells_in_their_order() {
        let dns = serve().await;
        let any = found(&dns, &target("company.example", None)).await;
        assert_eq!(any.first(), Some(&(Transport::Tls, 5_061)));
        let tcp = found(&dns, &target("company.example", Some(Transport::Tcp))).await;
        assert_eq!(tcp, [(Transport::Tcp, 5_070), (Transport::Tcp, 5_080)]);
    }

    #[tokio::test]
    async fn a_name_without_such_records_is_looked_up_as_ever() {
        for dns in [serve().await, Dns::default()] {
            assert_eq!(found(&dns, &target("localhost", None)).await, [(Transport::Udp, 5_060)]);
            let tls = Target { port: Some(5_099), ..target("localhost", Some(Transport::Tls)) };
            assert_eq!(found(&dns, &tls).await, [(Transport::Tls, 5_099)]);
        }
    }

    #[tokio::test]
    async fn an_address_is_no_name() {
        let there: SocketAddr = "[2001:db8::1]:5060".parse().unwrap();
        let servers = Dns::default().servers(&target("[2001:db8::1]", None)).await;
        assert_eq!(servers, [Server { transport: Transport::Udp, address: there }]);
    }
}
