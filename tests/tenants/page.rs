//! The examples of docs/many-tenants.md: each can be read, is of the form that its engine wants, and its commands are ours.

use std::path::Path;

use serde_json::Value;

use super::ended;

const PAGE: &str = include_str!("../../docs/many-tenants.md");

/// The blocks of the page in this language.
fn blocks(language: &str) -> Vec<String> {
    let fence = format!("\n```{language}\n");
    PAGE.split(&fence).skip(1).map(|rest| rest.split("\n```").next().unwrap().to_owned() + "\n").collect()
}

fn yaml(number: usize) -> Value {
    yaml_serde::from_str(&blocks("yaml")[number]).unwrap_or_else(|error| panic!("block {number}: {error}"))
}

/// Every command of the page that runs graphwalk, with what its engines fill in.
fn commands() -> Vec<String> {
    let mut lines: Vec<String> = PAGE.lines().map(str::trim).map(str::to_owned).collect();
    let inline =
        PAGE.split('`').skip(1).step_by(2).filter(|text| text.starts_with("graphwalk ") && !text.contains('\n'));
    lines.extend(inline.map(str::to_owned));
    let args = yaml(0)["spec"]["template"]["spec"]["containers"][0]["args"].clone();
    let args: Vec<&str> = args.as_array().unwrap().iter().map(|arg| arg.as_str().unwrap()).collect();
    lines.push(format!("graphwalk {}", args.join(" ")));
    let bare = |line: &String| {
        let line = line.trim_start_matches("- ").trim_start_matches("run: ").trim_start_matches("script: ");
        line.strip_prefix("graphwalk ").map(str::to_owned)
    };
    let filled = [
        ("${{ matrix.shard }}", "2"),
        ("$(System.JobPositionInPhase)", "2"),
        ("$(System.TotalJobsInPhase)", "4"),
        ("$(Pipeline.Workspace)", "workspace"),
        ("$(JOB_COMPLETION_INDEX)", "1"),
    ];
    let fill = |line: String| filled.iter().fold(line, |line, (variable, value)| line.replace(variable, value));
    lines.iter().filter_map(bare).map(fill).collect()
}

#[test]
fn every_command_of_the_page_is_one_that_the_program_has() {
    let commands = commands();
    assert!(commands.len() >= 9, "{commands:?}");
    for command in commands {
        assert!(!command.contains("$("), "{command}");
        let mut arguments: Vec<&str> = command.split(' ').filter(|word| *word != "TENANT").collect();
        arguments.push("--help");
        let (code, text) = ended(Path::new("."), &arguments);
        assert_eq!(code, 0, "graphwalk {command}: {text}");
    }
}

#[test]
fn the_files_of_tenants_on_the_page_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let toml = blocks("toml");
    std::fs::write(folder.path().join("tenants.toml"), &toml[0]).unwrap();
    std::fs::write(folder.path().join("tenants.csv"), &blocks("csv")[0]).unwrap();
    let base = "[actors.administrator]\nsign-in = \"client-secret\"\n";
    std::fs::write(folder.path().join("graphwalk.toml"), base).unwrap();
    for file in ["tenants.toml", "tenants.csv"] {
        // On the emulator nobody signs in, but what is wrong with a configuration is told.
        let arguments = ["run", "--on", "emulator", "--through", "1", "--tenants", file];
        let (code, text) = ended(folder.path(), &arguments);
        assert!(code == 0 && text.contains("Contoso") && text.contains("fabrikam.us"), "{file}: {text}");
        assert!(text.contains("2 passed of 2 tenants"), "{file}: {text}");
    }
    std::fs::write(folder.path().join("graphwalk.toml"), &toml[1]).unwrap();
    let (code, text) = ended(folder.path(), &["config", "show"]);
    assert!(code == 0 && text.contains("workload-identity"), "{text}");
}

#[test]
fn the_job_retries_signals_and_no_verdict_and_keeps_what_the_next_pod_needs() {
    let job = yaml(0);
    assert_eq!((&job["apiVersion"], &job["kind"]), (&"batch/v1".into(), &"Job".into()));
    let spec = &job["spec"];
    assert_eq!(spec["completionMode"], "Indexed");
    assert!(spec["backoffLimitPerIndex"].as_u64() > Some(0) && spec["backoffLimit"].is_null());
    let rules = spec["podFailurePolicy"]["rules"].as_array().unwrap();
    let codes = rules.iter().find(|rule| rule["onExitCodes"].is_object()).unwrap();
    assert_eq!((&codes["action"], &codes["onExitCodes"]["operator"]), (&"FailIndex".into(), &"In".into()));
    assert_eq!(codes["onExitCodes"]["values"], serde_json::json!([1, 2, 3, 4]), "128 and more are signals");
    let moved = rules.iter().find(|rule| rule["onPodConditions"].is_array()).unwrap();
    assert_eq!(
        (&moved["action"], &moved["onPodConditions"][0]["type"]),
        (&"Ignore".into(), &"DisruptionTarget".into())
    );
    let pod = &spec["template"]["spec"];
    // A policy of failures is allowed with this one only.
    assert_eq!(pod["restartPolicy"], "Never");
    let container = &pod["containers"][0];
    assert_eq!(codes["onExitCodes"]["containerName"], container["name"]);
    let shards = container["env"].as_array().unwrap().iter().find(|env| env["name"] == "GRAPHWALK_SHARDS").unwrap();
    assert_eq!(shards["value"], spec["completions"].to_string(), "as many shards as indexes");
    let mounts = container["volumeMounts"].as_array().unwrap();
    let volumes = pod["volumes"].as_array().unwrap();
    let volume = |mount: &Value| volumes.iter().find(|volume| volume["name"] == mount["name"]).unwrap().clone();
    let data = mounts.iter().find(|mount| volume(mount)["persistentVolumeClaim"].is_object()).unwrap();
    let args = container["args"].as_array().unwrap();
    for flag in ["--results=", "--runs="] {
        let kept = format!("{flag}{}", data["mountPath"].as_str().unwrap());
        assert!(args.iter().any(|arg| arg.as_str().unwrap().starts_with(&kept)), "{flag} stands on the volume");
    }
    assert_eq!(spec["template"]["metadata"]["labels"]["azure.workload.identity/use"], "true");
    assert!(pod["serviceAccountName"].is_string());
}

#[test]
fn the_workflow_plays_every_shard_and_reports_whatever_they_end_with() {
    let workflow = yaml(1);
    let shard = &workflow["jobs"]["shard"];
    let shards = shard["strategy"]["matrix"]["shard"].as_array().unwrap();
    assert_eq!(shards, &(1..=shards.len()).map(Value::from).collect::<Vec<_>>());
    let run = shard["steps"][1]["run"].as_str().unwrap();
    assert!(run.contains(&format!("--shard slice:${{{{ matrix.shard }}}}/{}", shards.len())), "{run}");
    assert_eq!((&shard["strategy"]["fail-fast"], &shard["steps"][2]["if"]), (&false.into(), &"always()".into()));
    let report = &workflow["jobs"]["report"];
    assert_eq!((&report["needs"], &report["if"]), (&"shard".into(), &"always()".into()));
    assert!(report["steps"][1]["run"].as_str().unwrap().starts_with("graphwalk report merge results/*"));
    assert_eq!(workflow["permissions"]["id-token"], "write");
    for job in workflow["jobs"].as_object().unwrap().values() {
        assert!(job["runs-on"].is_string());
        let steps = job["steps"].as_array().unwrap();
        assert!(steps.iter().all(|step| step["run"].is_string() != step["uses"].is_string()));
    }
}

#[test]
fn the_pipeline_plays_every_shard_and_reports_whatever_they_end_with() {
    let pipeline = yaml(2);
    let jobs = pipeline["jobs"].as_array().unwrap();
    let [shard, report] = &jobs[..] else { panic!("{jobs:?}") };
    assert!(shard["strategy"]["parallel"].as_u64() > Some(1));
    let script = shard["steps"][0]["script"].as_str().unwrap();
    assert!(script.contains("slice:$(System.JobPositionInPhase)/$(System.TotalJobsInPhase)"), "{script}");
    assert_eq!(shard["steps"][1]["condition"], "always()");
    assert_eq!((&report["dependsOn"], &report["condition"]), (&shard["job"], &"always()".into()));
    assert!(report["steps"][1]["script"].as_str().unwrap().contains("report merge"));
}
