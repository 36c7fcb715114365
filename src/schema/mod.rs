//! stub
use serde_json::Value;
use std::path::Path;
#[derive(Clone, Debug)]
pub struct Schemas;
impl Schemas {
    pub fn embedded() -> Self {
        Self
    }
    pub fn from_dir(_: &Path) -> Result<Self, SchemaError> {
        Ok(Self)
    }
    pub fn operation(&self, _: &str, _: &str) -> Option<Operation> {
        None
    }
    pub fn check_request(&self, _: &str, _: &str, _: &Value) -> Result<Findings, SchemaError> {
        Ok(Findings::default())
    }
    pub fn check_response(&self, _: u16, _: Option<&Shape>, _: Option<&Value>) -> Result<Findings, SchemaError> {
        Ok(Findings::default())
    }
    pub fn check_type(&self, _: &str, _: bool, _: &Value) -> Result<Findings, SchemaError> {
        Err(SchemaError)
    }
}
#[derive(Debug, Default)]
pub struct Findings {
    pub violations: Vec<Finding>,
    pub drift: Vec<Finding>,
}
#[derive(Debug, Clone)]
pub struct Finding {
    pub pointer: String,
    pub expected: String,
    pub found: String,
    pub schema: String,
}
#[derive(Debug)]
pub struct Operation {
    pub request: Option<String>,
    pub response: Shape,
}
#[derive(Debug)]
pub enum Shape {
    NoContent,
    One(String),
    Many(String),
}
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct SchemaError;
impl From<&SchemaError> for crate::diagnostic::Diagnostic {
    fn from(_: &SchemaError) -> Self {
        Self::new("schema", "no schemas yet")
    }
}
