//! One connection: bytes are cut into messages, messages go out in their order.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dial_sip::message::{Framed, StreamFramer};
use dial_sip::net::Flow;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::Arrival;

/// A connection over which nothing came for so long is closed. Flows are kept open by their other side, or by
/// ours where we registered, far more often (RFC 5626, section 4.4.1).
const IDLE: Duration = Duration::from_mins(10);
/// A message that has begun is to end within this, and one that is sent is to be taken.
const SLOW: Duration = Duration::from_secs(10);
/// So much is read at once.
const READ: usize = 8 * 1024;

/// One connection.
pub(super) struct Connection<S> {
    pub(super) stream: S,
    pub(super) flow: Flow,
    pub(super) tls_name: Option<Arc<str>>,
    pub(super) arrivals: mpsc::Sender<Arrival>,
    pub(super) outgoing: mpsc::Receiver<Bytes>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    /// Until either side closes it, or it breaks.
    pub(super) async fn run(self) {
        let Self { stream, flow, tls_name, arrivals, mut outgoing } = self;
        let (mut reader, mut writer) = tokio::io::split(stream);
        let mut framer = StreamFramer::default();
        let mut bytes = [0; READ];
        loop {
            let patience = if framer.waiting() > 0 { SLOW } else { IDLE };
            tokio::select! {
                read = timeout(patience, reader.read(&mut bytes)) => {
                    let Ok(Ok(length @ 1..)) = read else { break };
                    framer.push(bytes.get(..length).unwrap_or_default());
                    loop {
                        let arrival = match framer.next() {
                            Ok(Some(Framed::Message(bytes))) => {
                                Arrival::Message { bytes, flow, tls_name: tls_name.clone() }
                            }
                            Ok(Some(Framed::Ping)) => {
                                if !sent(&mut writer, b"\r\n").await {
                                    return;
                                }
                                continue;
                            }
                            Ok(Some(Framed::Pong)) => continue,
                            Ok(None) => break,
                            Err(broken) => {
                                let broken = Arrival::Broken { broken, flow, tls_name: tls_name.clone() };
                                if arrivals.send(broken).await.is_ok()
                                    && let Ok(Some(last)) = timeout(SLOW, outgoing.recv()).await
                                {
                                    sent(&mut writer, &last).await;
                                }
                                return;
                            }
                        };
                        if arrivals.send(arrival).await.is_err() {
                            return;
                        }
                    }
                }
                message = outgoing.recv() => match message {
                    Some(message) if sent(&mut writer, &message).await => {}
                    _ => break,
                },
            }
        }
        let _ = timeout(SLOW, writer.shutdown()).await;
    }
}

/// Whether the other side took it.
async fn sent(writer: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> bool {
    matches!(
        timeout(SLOW, async {
            writer.write_all(bytes).await?;
            writer.flush().await
        })
        .await,
        Ok(Ok(()))
    )
}
