//! The forms of the file of `--summary`: a JSON object, or the text format of Prometheus, which
//! node_exporter reads from its folder for text files. A later run finds in the file when a run
//! succeeded last.

use std::fmt::Write;

use jiff::Timestamp;

use crate::escape::push_string;

/// What the file says about a run.
pub(super) struct Facts<'a> {
    pub command: &'a str,
    pub began: Timestamp,
    pub seconds: f64,
    pub exit_code: u8,
    /// When the last run with exit code 0 ended; `None` if none is known.
    pub last_success: Option<Timestamp>,
    /// The number of files that have a result.
    pub files: u64,
    /// The number of bytes that were read.
    pub bytes: u64,
    /// The number of items that failed.
    pub failed: u64,
    /// The numbers of skipped files, by the reason.
    pub skipped: Vec<(String, u64)>,
    /// The numbers of results, by their kind.
    pub counts: Vec<(&'static str, u64)>,
}

/// How the file is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    /// The metrics of Prometheus. They have this value of the label `run`, so that the files of
    /// several runs of the same command can be in the same folder.
    Prometheus(String),
}

const VERSION: &str = env!("CARGO_PKG_VERSION");
const LAST_SUCCESS: &str = "batchproc_last_success_timestamp_seconds";
/// The first metric, by which a file is recognized.
const INFO: &str = "batchproc_build_info";

impl Form {
    pub fn render(&self, facts: &Facts<'_>) -> Vec<u8> {
        match self {
            Form::Json => json(facts),
            Form::Prometheus(run) => prometheus(facts, run).into_bytes(),
        }
    }

    /// Returns when a run succeeded last, according to the content of an earlier file.
    ///
    /// # Errors
    /// If this program did not write the content in this form.
    pub fn last_success(&self, content: &[u8]) -> Result<Option<Timestamp>, ()> {
        match self {
            Form::Json => {
                let object: serde_json::Value = serde_json::from_slice(content).map_err(drop)?;
                let is_ours =
                    ["command", "exit_code"].iter().all(|name| object.get(name).is_some());
                match object.get("last_success").filter(|_| is_ours).ok_or(())? {
                    serde_json::Value::Null => Ok(None),
                    time => time.as_str().and_then(|time| time.parse().ok()).map(Some).ok_or(()),
                }
            }
            Form::Prometheus(_) => {
                let text = std::str::from_utf8(content).map_err(drop)?;
                if !text.starts_with(&format!("# HELP {INFO} ")) {
                    return Err(());
                }
                let Some(line) = text.lines().find(|line| line.starts_with(LAST_SUCCESS)) else {
                    return Ok(None);
                };
                let seconds = line.rsplit(' ').next().and_then(|value| value.parse::<f64>().ok());
                let milliseconds = (seconds.ok_or(())? * 1000.0).round() as i64;
                Timestamp::from_millisecond(milliseconds).map(Some).map_err(drop)
            }
        }
    }
}

fn json(facts: &Facts<'_>) -> Vec<u8> {
    let mut out = b"{\"command\":".to_vec();
    push_string(facts.command, &mut out);
    let time = |time: Timestamp| format!("\"{time:.3}\"");
    let last = facts.last_success.map_or("null".into(), time);
    let Facts { seconds, exit_code, files, bytes, failed, .. } = facts;
    let began = time(facts.began);
    out.extend(
        format!(
            ",\"version\":\"{VERSION}\",\"began\":{began},\"seconds\":{seconds:.3},\
             \"exit_code\":{exit_code},\"last_success\":{last},\"files\":{files},\
             \"bytes\":{bytes},\"failed\":{failed},\"skipped\":"
        )
        .bytes(),
    );
    push_counts(facts.skipped.iter().map(|(name, count)| (&**name, *count)), &mut out);
    out.extend(b",\"counts\":");
    push_counts(facts.counts.iter().copied(), &mut out);
    out.extend(b"}\n");
    out
}

fn push_counts<'a>(counts: impl Iterator<Item = (&'a str, u64)>, out: &mut Vec<u8>) {
    out.push(b'{');
    for (index, (name, count)) in counts.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        push_string(name, out);
        out.extend(format!(":{count}").bytes());
    }
    out.push(b'}');
}

fn prometheus(facts: &Facts<'_>, run: &str) -> String {
    let mut text = String::new();
    let labels = format!("command=\"{}\",run=\"{}\"", value(facts.command), value(run));
    let mut metric = |name: &str, help: &str, samples: &[(String, String)]| {
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n");
        for (more, number) in samples {
            let _ = writeln!(text, "{name}{{{labels}{more}}} {number}");
        }
    };
    let one = |number: String| [(String::new(), number)];
    let seconds = |time: Timestamp| format!("{:.3}", time.as_millisecond() as f64 / 1000.0);
    let by = |label: &str, counts: Vec<(&str, u64)>| -> Vec<_> {
        let sample = |(name, count): (&str, u64)| {
            (format!(",{label}=\"{}\"", value(name)), count.to_string())
        };
        counts.into_iter().map(sample).collect()
    };
    let version = format!(",version=\"{VERSION}\"");
    metric(INFO, "The version of batchproc.", &[(version, "1".into())]);
    let began = seconds(facts.began);
    metric("batchproc_start_timestamp_seconds", "When the last run began.", &one(began));
    let took = format!("{:.3}", facts.seconds);
    metric("batchproc_duration_seconds", "How long the last run took.", &one(took));
    let code = facts.exit_code.to_string();
    metric("batchproc_exit_code", "The exit code of the last run.", &one(code));
    // Where no run has succeeded yet, there is no sample: an alert on the age of the last success
    // must not take 0 for a time.
    if let Some(last) = facts.last_success {
        metric(LAST_SUCCESS, "When the last run with exit code 0 ended.", &one(seconds(last)));
    }
    let files = one(facts.files.to_string());
    metric("batchproc_files", "Files with a result in the last run.", &files);
    let bytes = one(facts.bytes.to_string());
    metric("batchproc_read_bytes", "Bytes that the last run read.", &bytes);
    let failed = one(facts.failed.to_string());
    metric("batchproc_failed_items", "Items that failed in the last run.", &failed);
    let skipped = facts.skipped.iter().map(|(reason, count)| (&**reason, *count)).collect();
    let skipped = by("reason", skipped);
    metric("batchproc_skipped_files", "Files that the last run skipped, by reason.", &skipped);
    let counts = by("kind", facts.counts.clone());
    if !counts.is_empty() {
        metric("batchproc_results", "Results of the last run, by kind.", &counts);
    }
    text
}

/// The text as the value of a label, between quotes.
fn value(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(last_success: Option<Timestamp>) -> Facts<'static> {
        Facts {
            command: "audit",
            began: Timestamp::from_millisecond(1_700_000_000_250).unwrap(),
            seconds: 1.5,
            exit_code: 1,
            last_success,
            files: 2,
            bytes: 30,
            failed: 0,
            skipped: vec![("symbolic_link".into(), 4)],
            counts: vec![("ok", 1), ("edited", 1)],
        }
    }

    #[test]
    fn the_json_object_has_all_facts() {
        let last = Timestamp::from_millisecond(1_600_000_000_007).unwrap();
        let text = String::from_utf8(Form::Json.render(&facts(Some(last)))).unwrap();
        assert_eq!(
            text,
            format!(
                "{{\"command\":\"audit\",\"version\":\"{VERSION}\",\"began\":\"2023-11-14T22:13:20.250Z\",\
                 \"seconds\":1.500,\"exit_code\":1,\"last_success\":\"2020-09-13T12:26:40.007Z\",\"files\":2,\
                 \"bytes\":30,\"failed\":0,\"skipped\":{{\"symbolic_link\":4}},\"counts\":{{\"ok\":1,\"edited\":1}}}}\n"
            )
        );
    }

    #[test]
    fn the_time_of_the_last_success_is_found_again_in_every_form() {
        let last = Timestamp::from_millisecond(1_600_000_000_007).unwrap();
        for form in [Form::Json, Form::Prometheus("a \"b\"\\\n".into())] {
            for last in [None, Some(last)] {
                let content = form.render(&facts(last));
                assert_eq!(form.last_success(&content), Ok(last), "{form:?}");
            }
            for other in [&b"{}"[..], b"x", b"{\"command\":1}", b"# HELP a b\n", b"\xff", b"[]"] {
                assert_eq!(form.last_success(other), Err(()), "{form:?}");
            }
        }
    }
}
