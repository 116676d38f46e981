//! A website with a feed: answers by path and query.

use std::collections::HashMap;

use crate::loopback::{Answer, Loopback, Request};

#[derive(Default)]
pub(crate) struct State {
    pub(crate) answers: HashMap<String, Answer>,
    pub(crate) seen: Vec<String>,
    /// How many requests came with a token or password.
    pub(crate) shown: usize,
}

pub(crate) type Server = Loopback<State>;

impl Server {
    pub(crate) fn start() -> Self {
        Self::serve(State::default(), |state, request| (state.answer(request), None))
    }

    pub(crate) fn put(&self, target: &str, status: u16, headers: &str, body: impl Into<Vec<u8>>) {
        self.state.lock().unwrap().answers.insert(target.into(), (status, headers.into(), body.into()));
    }

    pub(crate) fn seen(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().seen)
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> Answer {
        self.seen.push(request.target.clone());
        self.shown += usize::from(request.header("authorization").is_some());
        let is_known = request.header("if-none-match") == Some("\"1\"");
        match self.answers.get(&request.target) {
            Some((_, headers, _)) if is_known && headers.contains("ETag: \"1\"") => {
                (304, String::new(), Vec::new())
            }
            Some(answer) => answer.clone(),
            None => (404, String::new(), b"not here".to_vec()),
        }
    }
}
