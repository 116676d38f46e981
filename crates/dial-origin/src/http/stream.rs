//! The body of an answer as it comes, for whoever reads it elsewhere: counted and timed all the same.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame};
use reqwest::Response;
use tokio::time::{Instant, Sleep, sleep};

use super::cause::{Stage, cause};
use super::pace::Pace;
use super::{Client, host};
use crate::fault::{Fault, FaultKind};

/// A body that ends with a fault if it grows too large, or comes too slowly.
pub(crate) struct Stream {
    client: Arc<Client>,
    host: String,
    body: reqwest::Body,
    cap: u64,
    came: u64,
    began: Instant,
    pace: Pace,
    /// When the next part has to be here.
    wait: Pin<Box<Sleep>>,
}

impl Stream {
    /// The body of an answer that the client got; `cap` is the most bytes that may come.
    pub(crate) fn new(client: Arc<Client>, response: Response, cap: u64) -> Self {
        let (pace, wait) = (Pace::new(&client.policy), Box::pin(sleep(client.policy.read)));
        let (host, began) = (host(response.url()).to_owned(), Instant::now());
        Self { client, host, body: response.into(), cap, came: 0, began, pace, wait }
    }

    fn fault(&self, kind: FaultKind) -> Fault {
        self.client.fault(kind, &self.host)
    }

    fn count(&mut self, part: Frame<Bytes>) -> Result<Frame<Bytes>, Fault> {
        let len = part.data_ref().map_or(0, |part| part.len() as u64);
        self.came += len;
        if self.came > self.cap {
            return Err(self.fault(FaultKind::TooLarge(self.cap)));
        }
        if !self.pace.keeps(self.began.elapsed(), len) {
            return Err(self.fault(FaultKind::Slow));
        }
        self.wait.as_mut().reset(Instant::now() + self.client.policy.read);
        Ok(part)
    }
}

impl Body for Stream {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(Some(Ok(part))) => Poll::Ready(Some(self.count(part))),
            Poll::Ready(Some(Err(error))) => {
                let (kind, detail) = cause(&error, Stage::Body);
                Poll::Ready(Some(Err(self.fault(kind).with_detail(detail))))
            }
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => {
                self.wait.as_mut().poll(context).map(|()| Some(Err(self.fault(FaultKind::Slow))))
            }
        }
    }
}
