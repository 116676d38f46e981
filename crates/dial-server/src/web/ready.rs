//! `/readyz`: may a balancer send calls here? It says nothing about the origins: a copy is enough.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use axum::routing::get;

/// `lacking` names the lines that have nothing to offer yet; it must not wait for anything.
pub(crate) fn router(lacking: impl Fn() -> Vec<String> + Send + Sync + 'static) -> Router {
    let lacking = Arc::new(lacking);
    let answer = move || async move {
        let lacking = lacking();
        let (status, text) = if lacking.is_empty() {
            (StatusCode::OK, "ready\n".to_owned())
        } else {
            let rows = lacking.iter().map(|line| format!("{line}: there is no copy of its recordings yet\n"));
            (StatusCode::SERVICE_UNAVAILABLE, rows.collect())
        };
        (status, [(CACHE_CONTROL, "no-store")], text).into_response()
    };
    Router::new().route("/readyz", get(answer))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::web::tests::ask;

    #[tokio::test]
    async fn a_node_is_ready_once_every_line_has_a_copy() {
        let lacking = Arc::new(Mutex::new(vec!["st-marys".to_owned(), "all-saints".to_owned()]));
        let look = Arc::clone(&lacking);
        let router = router(move || look.lock().unwrap().clone());
        let (status, _, body) = ask(router.clone(), "/readyz").await;
        assert_eq!(status, 503);
        assert_eq!(
            body,
            "st-marys: there is no copy of its recordings yet\nall-saints: there is no copy of its recordings yet\n"
        );
        lacking.lock().unwrap().clear();
        let (status, _, body) = ask(router, "/readyz").await;
        assert_eq!((status, body.as_str()), (200, "ready\n"));
    }
}
