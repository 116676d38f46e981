//! `dial demo --incident`: the incident that the program exists for, played for real on this machine.

mod stage;
mod story;
mod watch;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use dial_core::language::Language;

use crate::channel::ring::Pace;
use crate::cli::progress;
use crate::clock::Clock;
use crate::config::Config;
use crate::demo::incident::{Certificate, Ringing, World};
use crate::logging::Redactor;
use crate::prompts::PromptBook;
use stage::Stage;
use story::{Story, heading};
use watch::{Alarms, eventually};

/// The line of the story.
const LINE: &str = "bellham";
/// How long callers listen, in seconds.
const LISTENS_S: u64 = 40;
/// A caller who is on the line while the certificate turns bad.
const DURING: &str = "1 wait:20 *";

/// Plays the story; says at its end what held, and what did not.
pub(super) async fn run(mut config: Config, redactor: Redactor) -> Result<ExitCode> {
    let clock = Clock::system();
    let zone = jiff::tz::TimeZone::get("Europe/London")?;
    let today = dial_core::date::day(clock.now(), &zone);
    let folder = config.data.dir.join("incident/recordings");
    let stage = config.data.dir.join("incident");
    tokio::task::block_in_place(|| set(&stage, &folder, today))?;
    let world = World::new(&folder, today).await?;
    let mut story = Story { clock, zone, claims: Vec::new() };
    config.data.dir = stage;
    let told = async {
        first_act(&config, &redactor, &world, &mut story).await?;
        second_act(&config, &redactor, &world, &mut story).await
    };
    tokio::select! {
        told = told => told?,
        served = world.serve() => served?,
    }
    Ok(story.end())
}

/// Every time the story begins with nothing but the recordings.
fn set(stage: &Path, folder: &Path, today: jiff::civil::Date) -> Result<()> {
    for act in ["first", "second"] {
        let _ = std::fs::remove_dir_all(stage.join(act));
    }
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make `{}`: choose another with --data-dir", folder.display()))?;
    let make = |title: &str| progress::note(&format!("Composing “{title}” …"));
    crate::demo::write(folder, today, &PromptBook::of(Language::English), &mut { make })
}

/// A copy is held: nobody notices.
async fn first_act(config: &Config, redactor: &Redactor, world: &World, story: &mut Story) -> Result<()> {
    heading("First act: the CDN's certificate expires while people listen");
    story.note(&format!(
        "The recordings of St Dunstan's lie at https://{} (a CDN), and at https://{} (the church's own website). \
         Both are servers of this machine with real certificates; the line looks at them every five seconds.",
        world.cdn.host, world.website.host
    ));
    let stage = Stage::new(config, world, "first")?;
    let alarms = Alarms(stage.alarms.clone());
    let play = async |line: Ringing| {
        let before = stage.hear(&line, "1", story).await?;
        story.heard("A caller rings and presses 1", &before);
        let during = line.ring(DURING, LISTENS_S, Pace::Real);
        let turns_bad = async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            world.present(&world.cdn, Certificate::Expired)?;
            story.note("Another caller is listening. Now the certificate of the CDN expires.");
            let told = watch::incident(&line, "expired").await?;
            story.quote("The status page says", &told);
            let alarm = alarms.await_said("expired").await?;
            story.quote("An alarm goes out", &alarm);
            let after = line.ring("1", LISTENS_S, Pace::Instant).await?;
            story.heard("A third caller rings and presses 1", &after);
            anyhow::Ok((told, alarm, after))
        };
        let (during, (told, alarm, after)) = tokio::try_join!(during, turns_bad)?;
        story.claim("whoever listened meanwhile heard the recording, byte by byte", before.is_same(&during));
        story.claim("whoever rang afterwards heard the same, byte by byte", before.is_same(&after));
        story.claim("the status page names the host", told.contains(world.cdn.host));
        story.claim("so does the alarm", alarm.contains(world.cdn.host));
        world.present(&world.cdn, Certificate::Good)?;
        story.note("The CDN's people renew the certificate.");
        watch::well(&line).await?;
        let over = alarms.await_said("is well again").await?;
        story.quote("The incident closes by itself, and a last alarm says", &over);
        story.claim("the end was told too", true);
        Ok(())
    };
    stage.perform(redactor, world, play).await
}

/// No copy, and nowhere to have one from: the polite message, and the recordings as soon as there are any.
async fn second_act(config: &Config, redactor: &Redactor, world: &World, story: &mut Story) -> Result<()> {
    heading("Second act: the worst case, a new line, and every certificate is bad");
    world.present(&world.cdn, Certificate::Expired)?;
    world.present(&world.website, Certificate::Expired)?;
    let stage = Stage::new(config, world, "second")?;
    let play = async |line: Ringing| {
        let told = watch::incident(&line, "expired").await?;
        story.quote("The status page says", &told);
        let polite = line.ring("", LISTENS_S, Pace::Instant).await?;
        story.heard("A caller rings", &polite);
        let sorry = polite.words.iter().any(|words| words.contains("I'm sorry"));
        story.claim("the caller heard a polite message of the line", sorry && polite.recording.is_none());
        let document = watch::document(&line).await?;
        let own = document.contains("/say/") && !document.contains("<Say");
        story.claim("it is spoken by the line's own British voice", own);
        let before = world.cdn.lists();
        world.present(&world.cdn, Certificate::Good)?;
        story.note("The CDN's certificate is renewed.");
        let heard = eventually("a caller hears a recording", async || {
            let heard = line.ring("1", LISTENS_S, Pace::Instant).await?;
            Ok(heard.recording.is_some().then_some(heard))
        })
        .await?;
        story.heard("A caller rings and presses 1", &heard);
        let looks = world.cdn.lists() - before;
        story.claim("it took one look at the CDN", looks == 1);
        Ok(())
    };
    stage.perform(redactor, world, play).await
}
