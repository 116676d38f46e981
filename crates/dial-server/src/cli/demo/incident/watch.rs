//! What a volunteer sees of the story's line: its page, its alarms, its documents.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::channel::ring;
use crate::demo::incident::{Ringing, World};

/// What has not come true by then never will.
const PATIENCE: Duration = Duration::from_mins(2);
/// How often it is looked whether something has come true.
const LOOK: Duration = Duration::from_millis(250);

/// The line's `dial.toml`.
pub(super) fn configuration(dir: &Path, alarms: &Path, world: &World) -> String {
    let text = |path: &Path| toml::Value::String(path.display().to_string()).to_string();
    let origin = |name: &str, place: &crate::demo::incident::Website| {
        format!(
            "[[line.origin]]\nkind = \"http\"\nname = \"{name}\"\nurl = \"https://{}:{}/\"\nprivate = true\npoll_s = 5\n",
            place.host,
            place.address.port()
        )
    };
    format!(
        "[server]\nlisten = \"127.0.0.1:0\"\nbehind_proxy = true\n[data]\ndir = {}\n[[alarm.to]]\nkind = \"command\"\n\
         command = [\"/bin/sh\", \"-c\", 'cat >> \"$0\"; printf \"\\f\" >> \"$0\"', {}]\n[[line]]\nname = \"bellham\"\n[line.twiml]\n\
         auth_token_files = [\"token\"]\nsignature = \"log\"\n{}{}",
        text(&dir.join("data")),
        text(alarms),
        origin("cdn", &world.cdn),
        origin("website", &world.website)
    )
}

/// The sentences of the open incident that says something.
pub(super) async fn incident(line: &Ringing, words: &str) -> Result<String> {
    eventually("the status page tells of it", async || {
        let status = status(line).await?;
        let open = status["open"].as_array().cloned().unwrap_or_default();
        Ok(open.iter().map(story).find(|story| story.contains(words)))
    })
    .await
}

/// Waits until there are recordings, and nothing is wrong.
pub(super) async fn well(line: &Ringing) -> Result<()> {
    eventually("all is well", async || {
        let status = status(line).await?;
        Ok((status["light"] == "green").then_some(()))
    })
    .await
}

/// The first document of a call, as the telephone company is given it.
pub(super) async fn document(line: &Ringing) -> Result<String> {
    let form =
        [("CallSid", "CA00000000000000000000000000000000"), ("From", "anonymous"), ("To", "+441134960999")];
    let body = form.map(|(name, value)| format!("{name}={}", value.replace('+', "%2B"))).join("&");
    let asked = ring::direct()?
        .post(line.answer()?)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .timeout(PATIENCE)
        .send()
        .await?;
    Ok(asked.text().await?)
}

async fn status(line: &Ringing) -> Result<Value> {
    let url = format!("http://{}/status.json", line.address);
    let text = ring::direct()?.get(url).timeout(PATIENCE).send().await?.text().await?;
    serde_json::from_str(&text).context("the status page is no JSON")
}

fn story(incident: &Value) -> String {
    let entries = incident["entries"].as_array().cloned().unwrap_or_default();
    let told: Vec<&str> = entries.iter().filter_map(|entry| entry["text"].as_str()).collect();
    let remedy = incident["remedy"].as_str().unwrap_or_default();
    format!("{}\nWhat to do: {remedy}", told.join("\n"))
}

/// Where alarms are written to.
pub(super) struct Alarms(pub(super) PathBuf);

impl Alarms {
    /// Waits for the alarm that says something.
    pub(super) async fn await_said(&self, words: &str) -> Result<String> {
        eventually("an alarm goes out", async || {
            let text = tokio::fs::read_to_string(&self.0).await.unwrap_or_default();
            let said = text.split('\u{c}').find(|alarm| alarm.contains(words));
            Ok(said.map(|alarm| alarm.trim().to_owned()))
        })
        .await
    }
}

/// Waits until something is there.
pub(super) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    let waited = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Some(found) = look().await? {
                return anyhow::Ok(found);
            }
            tokio::time::sleep(LOOK).await;
        }
    });
    match waited.await {
        Ok(found) => found,
        Err(_) => bail!("this has not come true within two minutes: {what}"),
    }
}
