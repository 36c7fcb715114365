// Judges features as Cucumber's extension of VS Code does: node check.mjs MODULES FOLDER-OF-.vscode FEATURES…
// Prints a line for each undefined step and each fault of the glue, and how many steps were completed and judged.
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join, resolve } from 'node:path'

const [modules, folder, ...features] = process.argv.slice(2)
const require = createRequire(join(resolve(modules), 'package.json'))
const { buildSuggestions, ExpressionBuilder, getGherkinCompletionItems, getGherkinDiagnostics, jsSearchIndex } =
  require('@cucumber/language-service')
const { WasmParserAdapter } = require('@cucumber/language-service/wasm')

const settings = JSON.parse(readFileSync(join(folder, '.vscode/settings.json'), 'utf8'))
const adapter = new WasmParserAdapter(join(resolve(modules), 'node_modules/@cucumber/language-service/dist'))
await adapter.init()
// A file, or `folder/*.extension`.
const found = (pattern) => pattern.includes('*')
  ? readdirSync(join(folder, dirname(pattern))).filter((name) => extname(name) === extname(pattern)).map((name) => join(dirname(pattern), name))
  : [pattern]
const sources = settings['cucumber.glue'].flatMap(found).map((path) => ({
  languageName: path.endsWith('.rs') ? 'rust' : 'javascript',
  uri: `file:///${path}`,
  content: readFileSync(join(folder, path), 'utf8'),
}))
const { expressionLinks, errors, registry } = new ExpressionBuilder(adapter)
  .build(sources, settings['cucumber.parameterTypes'] ?? [])
const expressions = expressionLinks.map((link) => link.expression)
errors.forEach((error) => console.log(`fault: ${error.message}`))
const texts = []
let undefinedSteps = 0
for (const path of features) {
  const diagnostics = getGherkinDiagnostics(readFileSync(path, 'utf8'), expressions)
  undefinedSteps += diagnostics.length
  diagnostics.forEach((diagnostic) => console.log(`${path}:${diagnostic.range.start.line + 1}: ${diagnostic.message}`))
}
const index = jsSearchIndex(buildSuggestions(registry, texts, expressions))
const typed = 'Feature: f\n  Scenario: s\n    Then the status'
const items = getGherkinCompletionItems(typed, { line: 2, character: 19 }, index)
console.log(`${sources.length} sources, ${expressions.length} sentences, ${features.length} features, ` +
  `${undefinedSteps} undefined, ${items.length} completions`)
