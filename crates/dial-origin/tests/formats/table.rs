//! The table: which file, how it is made, what happens to it, and what becomes of it.

use crate::damage;
use crate::make::Bench;
use crate::row::Outcome::{ByFfmpeg, Partly, Plays, Refused};
use crate::row::{Outcome, Row};

const fn row(
    name: &'static str,
    command: &'static str,
    damage: fn(&Bench, Vec<u8>) -> Vec<u8>,
    outcome: Outcome,
) -> Row {
    Row { name, command, damage, outcome }
}

const fn plays(name: &'static str, command: &'static str) -> Row {
    row(name, command, damage::none, Plays)
}

const fn by_ffmpeg(name: &'static str, command: &'static str, kind: &'static str) -> Row {
    row(name, command, damage::none, ByFfmpeg(kind))
}

const MP3: &str = "lame --quiet -b 128 {in} {out}";
const PLAIN_MP3: &str = "lame --quiet -t -b 128 {in} {out}";
const VORBIS: &str = "oggenc -Q -o {out} {48}";
const OPUS: &str = "opusenc --quiet {48} {out}";
const FILM: &str = "ffmpeg -f lavfi -i testsrc=s=160x120:r=25:d=4 -i {in} {out}";

pub(crate) const ROWS: &[Row] = &[
    // MPEG sound.
    plays("cbr.mp3", MP3),
    plays("vbr.mp3", "lame --quiet -V 4 {in} {out}"),
    plays("abr.mp3", "lame --quiet --abr 96 {in} {out}"),
    plays("no-tag.mp3", PLAIN_MP3),
    plays("320.mp3", "lame --quiet -b 320 {in} {out}"),
    plays("joint.mp3", "lame --quiet -m j -b 64 {in} {out}"),
    plays("mono-48.mp3", "-c:a libmp3lame -ac 1 -ar 48000"),
    plays("32.mp3", "-c:a libmp3lame -ar 32000"),
    plays("24.mp3", "-c:a libmp3lame -ar 24000"),
    plays("22.mp3", "-c:a libmp3lame -ar 22050 -b:a 32k"),
    plays("16.mp3", "-c:a libmp3lame -ar 16000"),
    plays("12.mp3", "-c:a libmp3lame -ar 12000"),
    plays("11.mp3", "-c:a libmp3lame -ar 11025 -ac 1"),
    plays("8.mp3", "-c:a libmp3lame -ar 8000 -ac 1"),
    plays("layer-2.mp2", "-c:a mp2 -b:a 192k"),
    plays("layer-2-24.mp2", "-c:a mp2 -ar 24000 -b:a 64k"),
    plays("id3v2.mp3", "-c:a libmp3lame -metadata title=Evensong -id3v2_version 3"),
    row("id3v1.mp3", MP3, damage::old_tag, Plays),
    row("id3-huge.mp3", MP3, damage::huge_tag, Plays),
    row("id3-lies.mp3", MP3, damage::lying_tag, Partly(3_990, 4_010, "")),
    row("id3-into-sound.mp3", PLAIN_MP3, damage::tag_into_the_sound, Partly(4_040, 4_060, "")),
    row("junk-before.mp3", MP3, damage::junk_before, Partly(3_990, 4_010, "")),
    row("junk-3mb-before.mp3", MP3, damage::much_junk_before, Partly(3_990, 4_010, "")),
    row("junk-after.mp3", MP3, damage::junk_after, Partly(3_990, 4_010, "")),
    row("junk-middle.mp3", MP3, damage::junk_in_the_middle, Partly(3_700, 3_990, "only")),
    row("junk-put-in.mp3", MP3, damage::junk_put_in, Partly(3_800, 4_100, "damaged")),
    row("cut.mp3", MP3, damage::cut, Partly(2_300, 2_500, "only")),
    row("joined.mp3", MP3, damage::joined, Partly(11_900, 12_300, "")),
    row("joined-channels.mp3", MP3, damage::joined_channels, Partly(7_900, 8_200, "")),
    row(
        "free-format.mp3",
        "lame --quiet --freeformat -b 400 {in} {out}",
        damage::none,
        Refused("MP3 of free format"),
    ),
    // PCM and its relatives.
    plays("16.wav", "-c:a pcm_s16le"),
    plays("24.wav", "-c:a pcm_s24le"),
    plays("32.wav", "-c:a pcm_s32le"),
    plays("8-bit.wav", "-c:a pcm_u8"),
    plays("float.wav", "-c:a pcm_f32le"),
    plays("double.wav", "-c:a pcm_f64le"),
    plays("ms-adpcm.wav", "-c:a adpcm_ms"),
    plays("ima-adpcm.wav", "-c:a adpcm_ima_wav"),
    plays("mulaw.wav", "-c:a pcm_mulaw -ar 8000 -ac 1"),
    plays("alaw.wav", "-c:a pcm_alaw -ar 8000 -ac 1"),
    plays("sox.wav", "sox {in} -r 16000 -c 1 {out}"),
    row("pipe.wav", "-c:a pcm_s16le", damage::unknown_length, Plays),
    row("switched-off.wav", "-c:a pcm_s16le", damage::no_length, Partly(3_990, 4_010, "")),
    row("cut.wav", "-c:a pcm_s16le", damage::cut, Partly(2_300, 2_500, "only")),
    plays("cd.aiff", "-c:a pcm_s16be"),
    plays("sox.aiff", "sox {in} {out}"),
    by_ffmpeg("large.w64", "-c:a pcm_s16le", "Wave64"),
    by_ffmpeg("apple.caf", "-c:a pcm_s16le", "CAF"),
    by_ffmpeg("sun.au", "-c:a pcm_s16be", "AU"),
    // Without loss.
    plays("cd.flac", "flac --silent -o {out} {in}"),
    plays("24.flac", "-c:a flac -sample_fmt s32 -ar 48000"),
    plays("ogg-flac.oga", "-c:a flac"),
    row("cut.flac", "-c:a flac", damage::cut, Partly(2_000, 2_800, "only")),
    row("junk-middle.flac", "-c:a flac", damage::junk_in_the_middle, Partly(3_500, 4_000, "only")),
    plays("alac.m4a", "-c:a alac"),
    by_ffmpeg("wavpack.wv", "-c:a wavpack", "WavPack"),
    // Ogg.
    plays("vorbis.ogg", VORBIS),
    plays("ffmpeg-vorbis.ogg", "-c:a libvorbis -ac 1"),
    row("bad-page.ogg", VORBIS, damage::bad_page, Partly(2_500, 4_000, "damaged")),
    row("bad-first-page.ogg", VORBIS, damage::bad_first_page, Partly(0, 3_500, "damaged")),
    row("cut.ogg", VORBIS, damage::cut, Partly(1_000, 3_000, "end of the file is missing")),
    row("chained.ogg", VORBIS, damage::chained, Partly(7_900, 8_100, "")),
    row("junk-before.ogg", VORBIS, damage::junk_before, Plays),
    plays("stereo.opus", OPUS),
    plays("voice.opus", "opusenc --quiet --downmix-mono --bitrate 16 {48} {out}"),
    plays("long-frames.opus", "opusenc --quiet --framesize 60 --bitrate 24 {48} {out}"),
    plays("short-frames.opus", "opusenc --quiet --framesize 2.5 {48} {out}"),
    plays("opus.ogg", "ffmpeg -i {48} -c:a libopus {out}"),
    row("bad-page.opus", OPUS, damage::bad_page, Partly(2_500, 4_000, "damaged")),
    row("cut.opus", OPUS, damage::cut, Partly(1_000, 3_000, "end of the file is missing")),
    by_ffmpeg("surround.opus", "ffmpeg -i {48} -ac 6 -c:a libopus -mapping_family 1 {out}", "surround Opus"),
    by_ffmpeg("speex.spx", "-c:a libspeex -ar 16000 -ac 1", "Speex"),
    // MPEG-4 and films.
    plays("last.m4a", "-c:a aac"),
    plays("first.m4a", "-c:a aac -movflags +faststart"),
    row("mono.m4a", "-c:a aac -ac 1 -ar 22050", damage::none, Partly(3_990, 4_010, "")),
    plays(
        "fragments.m4a",
        "-c:a aac -movflags frag_keyframe+empty_moov+default_base_moof -frag_duration 500000",
    ),
    plays("adts.aac", "-c:a aac"),
    row("phone.3gp", "-c:a aac -ac 1 -ar 16000", damage::none, Partly(3_990, 4_010, "")),
    plays("film.mp4", FILM),
    plays("film.webm", FILM),
    plays("film.mkv", FILM),
    plays("opus.mp4", "ffmpeg -i {48} -c:a libopus {out}"),
    plays("sound.webm", "ffmpeg -i {48} -c:a libopus {out}"),
    row("he-aac.m4a", "nothing", damage::he_aac, Partly(3_900, 4_100, "")),
    row("he-aac-v2.aac", "nothing", damage::he_aac_v2, Partly(3_900, 4_150, "")),
    row("no-moov.m4a", "-c:a aac", damage::without_moov, Refused("cut short")),
    row("cut-last.mp4", "-c:a aac", damage::cut, Refused("cut short")),
    row("cut-first.mp4", "-c:a aac -movflags +faststart", damage::cut, Partly(2_000, 2_800, "only")),
    row(
        "cut-fragments.mp4",
        "-c:a aac -movflags frag_keyframe+empty_moov -frag_duration 500000",
        damage::cut,
        Partly(1_500, 2_800, "end of the file is missing"),
    ),
    row("junk-middle.m4a", "-c:a aac", damage::junk_in_the_middle, Partly(3_500, 4_000, "damaged")),
    row("junk-middle.aac", "-c:a aac", damage::junk_in_the_middle, Partly(3_500, 4_100, "damaged")),
    row(
        "cut.webm",
        "ffmpeg -i {48} -c:a libopus {out}",
        damage::cut,
        Partly(2_000, 2_800, "end of the file is missing"),
    ),
    by_ffmpeg("surround.m4a", "-c:a aac -ac 6", "AAC"),
    by_ffmpeg("film.avi", FILM, "AVI"),
    by_ffmpeg("film.ts", FILM, "MPEG"),
    by_ffmpeg("film.mpg", FILM, "MPEG"),
    by_ffmpeg("film.flv", FILM, "Flash"),
    by_ffmpeg("dolby.ac3", "-c:a ac3", "AC-3"),
    by_ffmpeg("dolby.mp4", "-c:a ac3", "AC-3"),
    by_ffmpeg("windows.wma", "-c:a wmav2", "Windows Media"),
    // What is no sound, and what is called by another name.
    plays("mp3-called.wav", "lame --quiet -b 128 {in} {out}"),
    plays("m4a-called.mp3", "-c:a aac -f ipod"),
    plays("wav-called.mp3", "-c:a pcm_s16le -f wav"),
    plays("ogg-called.mp3", "-c:a libvorbis -f ogg"),
    plays("flac-called.m4a", "-c:a flac -f flac"),
    plays("no-ending", "-c:a libmp3lame -f mp3"),
    row("empty.mp3", "nothing", damage::none, Refused("the file is empty")),
    row(
        "page.mp3",
        "nothing",
        damage::web_page,
        Refused("a web page, not a recording; it begins with `<!DOCTYPE html>"),
    ),
    row("random.mp3", "nothing", damage::random, Refused("not a recording")),
    row("zeros.mp3", "nothing", damage::zeros, Refused("not a recording")),
    row("order-of-service.mp3", "nothing", damage::text, Refused("it begins with `Order of Service")),
    row("pointer.mp3", "nothing", damage::pointer, Refused("Git LFS pointer")),
    row("playlist.mp3", "nothing", damage::playlist, Refused("not a recording")),
    row("head.mp3", MP3, damage::head, Refused("")),
    row("head.wav", "-c:a pcm_s16le", damage::head, Refused("no sound")),
    row("head.flac", "-c:a flac", damage::head, Refused("")),
    row("no-sound.mp4", "ffmpeg -f lavfi -i testsrc=d=1 {out}", damage::none, Refused("no sound")),
    row(
        "picture.mp3",
        "ffmpeg -f lavfi -i testsrc=d=1 -frames:v 1 -f mjpeg {out}",
        damage::none,
        Refused(""),
    ),
    // Channels.
    plays("inverted.wav", "-af pan=stereo|c0=c0|c1=-1*c0"),
    plays("inverted.mp3", "-af pan=stereo|c0=c0|c1=-1*c0 -c:a libmp3lame"),
    plays("nearly-inverted.wav", "-af pan=stereo|c0=c0|c1=-0.9*c0"),
    plays("left-only.wav", "-af pan=stereo|c0=c0|c1=0*c0"),
    plays("right-only.m4a", "-af pan=stereo|c0=0*c0|c1=c0 -c:a aac"),
    plays("surround.wav", "-ac 6 -c:a pcm_s16le"),
    plays("four.flac", "-ac 4 -c:a flac"),
];
