//! Runs the pipeline of a session.

use super::finish::Ended;
use super::session::Session;
use super::watch::Watch;
use crate::output::WriteError;
use crate::pipeline::{self, Control, Job, Order, Settings, Sink, Stats};
use batchproc_os::open_files;

impl Session {
    /// Runs the pipeline.
    pub fn run<J, I, S>(&self, job: &J, source: I, sink: &mut S, watch: &Watch) -> Ended
    where
        J: Job,
        I: Iterator<Item = Result<J::Item, J::Output>> + Send,
        S: Sink<J::Output, Error = WriteError>,
    {
        let Settings { order, .. } = self.run_settings.settings;
        self.run_with(job, source, sink, watch, (order, &self.control))
    }

    /// Runs the pipeline to its end, even if a signal comes. The job and the source have to see from
    /// [`Session::control`] that they should come to an end.
    pub fn run_to_its_end<J, I, S>(
        &self,
        job: &J,
        source: I,
        sink: &mut S,
        watch: &Watch,
        order: Order,
    ) -> Ended
    where
        J: Job,
        I: Iterator<Item = Result<J::Item, J::Output>> + Send,
        S: Sink<J::Output, Error = WriteError>,
    {
        self.run_with(job, source, sink, watch, (order, &Control::default()))
    }

    fn run_with<J, I, S>(
        &self,
        job: &J,
        source: I,
        sink: &mut S,
        watch: &Watch,
        (order, control): (Order, &Control),
    ) -> Ended
    where
        J: Job,
        I: Iterator<Item = Result<J::Item, J::Output>> + Send,
        S: Sink<J::Output, Error = WriteError>,
    {
        let most_open = match open_files::for_streams() {
            Ok(most) => most,
            Err(least) => {
                let limit = open_files::limit();
                let reason = format!(
                    "no file can be read: at most {limit} files may be open at once (ulimit -n), and at \
                     least {least} are needed"
                );
                let result = Err(pipeline::Error::Begin(reason));
                return Ended { result, signal: watch.signal() };
            }
        };
        let settings = &Settings { most_open, order, ..self.run_settings.settings.clone() };
        if open_files::are_few() {
            log::info!("files that are read at once: at most {most_open}");
        }
        log::info!(
            "workers: {}, readers: {} to {}, {} buffers of {} KiB each",
            settings.threads,
            settings.readers,
            settings.most_readers,
            settings.buffers,
            settings.buffer_bytes >> 10,
        );
        let result = pipeline::run(job, source, sink, settings, control).map(Some);
        if let Ok(Some(Stats { fewer_open: Some(most), .. })) = &result {
            let files = if *most == 1 { "file was" } else { "files were" };
            self.remark(&format!(
                "the limit on open files (ulimit -n) was reached, so in the end at most {most} {files} read at once"
            ));
        }
        Ended { result, signal: watch.signal() }
    }

    /// Processes one small input without starting reader or worker threads.
    pub fn run_one<J, S>(
        &self,
        job: &J,
        item: J::Item,
        sink: &mut S,
        buffer_bytes: usize,
        watch: Option<&Watch>,
    ) -> Ended
    where
        J: Job,
        S: Sink<J::Output, Error = WriteError>,
    {
        let result = pipeline::run_one(job, item, sink, buffer_bytes).map(|()| None);
        Ended { result, signal: watch.and_then(Watch::signal) }
    }
}
