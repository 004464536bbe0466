// SPDX-License-Identifier: Apache-2.0
//! The crates on a built library. INC_COMMAND, INC_MODELS, INC_LAYOUT and INC_UNSUPPORTED say where the command, the
//! folder of models, what layout.py wrote and a model that has no export are.
use incexport::{Config, Dtype, Element, Input, LogLevel, Model, QuantFormat};
use std::collections::HashSet;
use std::{env, fs, path::PathBuf, process::Command};

fn place(name: &str) -> PathBuf {
    env::var_os(name).unwrap_or_else(|| panic!("{} is not set", name)).into()
}

fn int8() -> Model {
    Model::open(place("INC_MODELS").join("digits-static.pt")).unwrap()
}

fn fp32<'a>() -> Config<'a> {
    Config { dtype: Dtype::Fp32, ..Default::default() }
}

#[test]
fn structs_are_the_header_s() {
    let text = fs::read_to_string(place("INC_LAYOUT")).unwrap();
    for (name, size, fields) in incexport_sys::layout() {
        let mut ours = vec![format!("sizeof {} {}", name, size)];
        ours.extend(fields.iter().map(|(f, at, n)| format!("offset {} {} {} {}", name, f, at, n)));
        let theirs: Vec<_> = text.lines().filter(|l| l.split(' ').nth(1) == Some(name)).collect();
        assert_eq!(ours, theirs);
    }
}

#[test]
fn bytes_are_the_command_s() {
    let folder = env::temp_dir().join(format!("incexport-rust-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (there, here) = (folder.join("command.onnx"), folder.join("out.onnx"));
    let axes = r#"{"image": {"0": "batch"}}"#;
    let status = Command::new(place("INC_COMMAND")).arg(place("INC_MODELS").join("digits-static.pt")).arg("-q").arg("-o")
        .arg(&there).args(["--quant-format", "QLinear", "--dynamic-axes", axes, "--output-names", "scores", "--producer", "us"])
        .args(["--metadata", "author=me", "--metadata", "empty="]).status();
    assert!(status.unwrap().success());
    let config = || Config {
        quant_format: QuantFormat::QLinear,
        dynamic_axes: Some(axes.into()),
        output_names: vec!["scores".into()],
        opset_version: incexport::OPSET_AUTO,
        producer: Some("us".into()),
        metadata: vec![("author".into(), "me".into()), ("empty".into(), "".into())],
        ..Default::default()
    };
    let report = int8().export_file(&here, config()).unwrap();
    let theirs = fs::read(&there).unwrap();
    assert_eq!(fs::read(&here).unwrap(), theirs);
    assert!(report.is_int8 && report.bytes == theirs.len() as u64);
    let mut bytes = vec![];
    int8().export_to(&mut bytes, config()).unwrap();
    assert_eq!(bytes, theirs);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn example_inputs_and_plan() {
    let zeros = vec![0u8; 5 * 64 * 4];
    for data in [None, Some(&zeros[..])] {
        let input = Input { name: None, shape: vec![5, 1, 8, 8], element: Element::Float32, data };
        let mut model = Model::open(place("INC_MODELS").join("digits.pt")).unwrap();
        assert!(model.plan(Config { example_inputs: vec![input], ..fp32() }).unwrap().n_nodes > 0);
    }
    let short = Input { name: None, shape: vec![5, 1, 8, 8], element: Element::Float32, data: Some(&zeros[1..]) };
    let error = int8().plan(Config { example_inputs: vec![short], ..Default::default() }).unwrap_err();
    assert_eq!(error.code, incexport::E_ARGUMENT);
    let info = int8().inspect().unwrap();
    assert!(info.is_quantized && info.inputs.len() == 1);
}

#[test]
fn errors_have_parts() {
    let error = Model::open(place("INC_UNSUPPORTED")).unwrap().plan(fp32()).unwrap_err();
    assert_eq!((error.code, error.operator.as_deref()), (incexport::E_UNSUPPORTED, Some("aten::linalg_eigvals")));
    assert!(error.reason.is_some() && error.stage.is_some() && error.line > 0);
    assert_eq!(error.unsupported[0].op, error.operator);
    assert!(error.to_string().contains("aten::linalg_eigvals"));
}

#[test]
fn progress_log_and_cancel() {
    let (mut stages, mut lines) = (HashSet::new(), 0);
    let mut out = vec![];
    let config = Config {
        log_level: LogLevel::Debug,
        log: Some(Box::new(|_, _| lines += 1)),
        progress: Some(Box::new(|stage, _, _| {
            stages.insert(stage.to_string());
            false
        })),
        ..Default::default()
    };
    int8().export_to(&mut out, config).unwrap();
    assert!(stages.contains("writing") && lines > 0);
    let config = Config { progress: Some(Box::new(|_, _, _| true)), ..Default::default() };
    assert_eq!(int8().export_to(&mut out, config).unwrap_err().code, incexport::E_CANCELLED);
}

#[test]
#[should_panic(expected = "mine")]
fn panics_come_back() {
    let config = Config { progress: Some(Box::new(|_, _, _| panic!("mine"))), ..Default::default() };
    let _ = int8().export_to(&mut vec![], config);
}
