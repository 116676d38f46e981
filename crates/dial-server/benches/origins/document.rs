//! Lists and recordings as a church has them.

use std::f64::consts::TAU;

/// One service of a list.
pub(crate) struct Service {
    pub(crate) file: String,
    pub(crate) title: String,
}

impl Service {
    /// The service of a number; its recording is unlike that of any other number.
    pub(crate) fn new(number: usize, title: &str) -> Self {
        Self { file: format!("{number:05}.wav"), title: title.into() }
    }
}

/// A `data.json`; each service is a day younger than the one before it.
pub(crate) fn list(services: &[Service]) -> Vec<u8> {
    let first = jiff::civil::date(1990, 1, 1);
    let rows: Vec<String> = services
        .iter()
        .zip(0_i32..)
        .map(|(service, day)| {
            let date = first.checked_add(jiff::Span::new().days(day)).unwrap_or(first);
            format!(
                r#"{{"file": "{}", "title": "{}", "datetime": "{date}T10:00:00Z"}}"#,
                service.file, service.title
            )
        })
        .collect();
    format!("{{\"church_name\": \"St Anne's\",\n \"services\": [{}]}}", rows.join(",\n ")).into_bytes()
}

/// A tone of its own for each number, of so many milliseconds: 8,000 Hz, 16 bits.
pub(crate) fn wav(number: usize, length_ms: u32) -> Vec<u8> {
    let samples = 8 * length_ms;
    let mut bytes = Vec::with_capacity(44 + samples as usize * 2);
    bytes.extend(b"RIFF");
    bytes.extend((36 + samples * 2).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(8_000u32.to_le_bytes());
    bytes.extend(16_000u32.to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend((samples * 2).to_le_bytes());
    let hertz = 300.0 + number as f64 / 10.0;
    let tone = |at: u32| ((f64::from(at) * hertz / 8_000.0 * TAU).sin() * 12_000.0) as i16;
    bytes.extend((0..samples).flat_map(|at| tone(at).to_le_bytes()));
    bytes
}
