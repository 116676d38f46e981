//! The text format of Prometheus, version 0.0.4, which every reader knows.
//!
//! The registry writes OpenMetrics 1.0, in which a counter's type and help go by the name without `_total`,
//! and an info's without `_info`. All else is the same.

use prometheus_client::encoding::text::encode_registry;
use prometheus_client::registry::Registry;

/// Its media type.
pub(crate) const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Everything that is registered.
pub(super) fn render(registry: &Registry) -> String {
    let mut written = String::new();
    encode_registry(&mut written, registry).expect("a string takes any text");
    let (mut text, mut help) = (String::with_capacity(written.len()), "");
    for row in written.lines() {
        if let Some(rest) = row.strip_prefix("# HELP ") {
            help = rest.split_once(' ').map_or("", |(_, help)| help);
        } else if let Some((name, kind)) = row.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            let (end, kind) = match kind {
                "counter" => ("_total", "counter"),
                "info" => ("_info", "gauge"),
                other => ("", other),
            };
            text.push_str(&format!("# HELP {name}{end} {help}\n# TYPE {name}{end} {kind}\n"));
        } else {
            text.extend([row, "\n"]);
        }
    }
    text
}
