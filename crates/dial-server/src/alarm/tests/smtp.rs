//! A small mail server that takes mail for sending (RFC 5321, RFC 6409), and remembers what was said to it.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufStream};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// How a server behaves.
#[derive(Clone, Default)]
pub(super) struct Manners {
    /// Speaks TLS from the first byte.
    pub(super) tls: Option<TlsAcceptor>,
    /// Offers STARTTLS.
    pub(super) start_tls: Option<TlsAcceptor>,
    /// Answers a command that begins so with this.
    pub(super) refuses: Option<(&'static str, &'static str)>,
}

pub(super) struct Smtp {
    pub(super) port: u16,
    said: Arc<Mutex<Vec<String>>>,
}

impl Smtp {
    pub(super) async fn with(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self { port: listener.local_addr().unwrap().port(), said: Arc::default() };
        let said = Arc::clone(&server.said);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = serve(stream, &manners, &said).await;
            }
        });
        server
    }

    /// Every line that came, mails included; what came over TLS has a `+` before it.
    pub(super) fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }
}

async fn serve(
    stream: tokio::net::TcpStream,
    manners: &Manners,
    said: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    if let Some(tls) = &manners.tls {
        return talk(tls.accept(stream).await?, "+", true, manners, said).await.map(|_| ());
    }
    let Some(stream) = talk(stream, "", true, manners, said).await? else { return Ok(()) };
    let tls = manners.start_tls.as_ref().expect("STARTTLS was offered");
    talk(tls.accept(stream).await?, "+", false, manners, said).await.map(|_| ())
}

/// One conversation; the bare stream if the client wants to go on over TLS.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    mark: &str,
    greet: bool,
    manners: &Manners,
    said: &Mutex<Vec<String>>,
) -> std::io::Result<Option<S>> {
    let mut stream = BufStream::new(stream);
    if greet {
        stream.write_all(b"220 test ESMTP\r\n").await?;
        stream.flush().await?;
    }
    let mut in_mail = false;
    loop {
        let mut row = String::new();
        if stream.read_line(&mut row).await? == 0 {
            return Ok(None);
        }
        let row = row.trim_end();
        said.lock().unwrap().push(format!("{mark}{row}"));
        let answer = match row.split_whitespace().next().unwrap_or_default() {
            "." => "250 taken",
            _ if in_mail => continue,
            _ if manners.refuses.is_some_and(|(command, _)| row.starts_with(command)) => {
                manners.refuses.map(|(_, answer)| answer).expect("it is this one")
            }
            "EHLO" if manners.start_tls.is_some() && mark.is_empty() => "250-test\r\n250 STARTTLS",
            "EHLO" => "250-test\r\n250 AUTH PLAIN",
            "STARTTLS" => "220 go on",
            "AUTH" => "235 welcome",
            "DATA" => "354 say it",
            "QUIT" => "221 goodbye",
            _ => "250 well",
        };
        in_mail = answer.starts_with("354");
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
        stream.flush().await?;
        match answer {
            "220 go on" => return Ok(Some(stream.into_inner())),
            "221 goodbye" => return Ok(None),
            _ => {}
        }
    }
}
