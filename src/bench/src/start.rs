//! How soon the server is ready on a database that is there already, and what it holds while it has nothing to do.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::server::Fresh;
use crate::{Figure, Goal, percentile};

/// How often it is started.
const STARTS: usize = 7;
/// How long it rests before its memory is read.
const REST: Duration = Duration::from_secs(3);

pub(crate) async fn measure(program: &Path) -> Result<Vec<Figure>> {
    let fresh = Fresh::new()?;
    drop(fresh.serve(program).await?);
    let (mut times, mut memory) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let started = Instant::now();
        let server = fresh.serve(program).await?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
        tokio::time::sleep(REST).await;
        memory.push(server.memory()?);
    }
    Ok(vec![
        Figure {
            what: "start: until it is ready, median".to_owned(),
            value: percentile(&mut times, 0.5),
            unit: "ms",
            goal: Goal::AtMost(300.0),
        },
        Figure {
            what: "start: memory at rest".to_owned(),
            value: percentile(&mut memory, 0.5),
            unit: "MB",
            goal: Goal::AtMost(80.0),
        },
    ])
}
