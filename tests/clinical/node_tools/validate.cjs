// What two validators of FHIR R4 say of each resource in the array on standard input.
const { readFileSync } = require('node:fs')
const JSONSchemaValidator = require('@asymmetrik/fhir-json-schema-validator')
const { Fhir } = require('fhir')

const bySchema = new JSONSchemaValidator()
const byFhir = new Fhir()
const said = JSON.parse(readFileSync(0, 'utf8')).map((resource) => {
  const schema = bySchema.validate(resource).map((error) => `${error.dataPath} ${error.message}`)
  const { messages } = byFhir.validate(resource)
  const wrong = messages.filter((one) => one.severity === 'error' || one.severity === 'fatal')
  return [...schema, ...wrong.map((one) => `${one.location} ${one.message}`)]
})
process.stdout.write(JSON.stringify(said))
