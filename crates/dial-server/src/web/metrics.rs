//! `/metrics`: numbers for a collector. They name no caller; still, they are for whoever runs the line.

use std::sync::Arc;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::routing::get;

use crate::clock::Clock;
use crate::metrics::{MEDIA_TYPE, Metrics};

/// Serves the numbers as they are when they are asked for.
pub(crate) fn router(metrics: Arc<Metrics>, clock: Clock) -> Router {
    let answer = move || async move {
        let text = metrics.render(clock.now());
        ([(CONTENT_TYPE, MEDIA_TYPE), (CACHE_CONTROL, "no-store")], text)
    };
    Router::new().route("/metrics", get(answer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::tests::ask;

    #[tokio::test]
    async fn numbers_are_served_in_the_text_format_of_prometheus() {
        let metrics = Arc::new(Metrics::default());
        metrics.polite_failure();
        let clock = Clock::from_fn(|| jiff::Timestamp::UNIX_EPOCH);
        let (status, content_type, body) = ask(router(metrics, clock), "/metrics").await;
        assert_eq!((status, content_type.as_str()), (200, "text/plain; version=0.0.4; charset=utf-8"));
        assert!(body.contains("\ndial_polite_failure_total 1\n"), "{body}");
    }
}
