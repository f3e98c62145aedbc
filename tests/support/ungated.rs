//! Jobs past the gate, which would refuse them until a person approves.

use jamf_pro_client::Writer;
use jamf_pro_mcp::context::CallContext;
use jamf_pro_mcp::error::Error;
use jamf_pro_mcp::jobs::{self, Conclusion};
use jamf_pro_mcp::pipeline::registry;
use jamf_pro_mcp::registry::Tool;
use jamf_pro_tools::Request;
use serde_json::Value;

/// What a job answers when the write that it comes to is sent as it is.
pub(crate) async fn run_ungated(
    writer: &Writer,
    call: &CallContext,
    job: &str,
    arguments: Value,
) -> Result<Value, String> {
    let Some(Tool::Job(job)) = registry().find(job) else { unreachable!() };
    let checked = Tool::Job(job).check(arguments.as_object().unwrap().clone()).map_err(|p| p.to_string())?;
    let run = async {
        let (job, reader) = (jobs::of(job)?, writer.reader());
        match job.conclude(&reader, call, &checked).await? {
            Conclusion::Answer(answer) => Ok(answer),
            Conclusion::Report(report) => Ok(report.into_answer("")),
            Conclusion::Write(write) => {
                let send = |action, request: Request| async move {
                    writer.send(action, &request, &call.client).await
                };
                job.write(&reader, call, &write, send).await
            }
        }
    };
    run.await.map_err(|error: Error| error.to_string())
}
