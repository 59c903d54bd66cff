// Shows a Questionnaire with lforms: standard input has {form, responses}, standard output for each response the
// questions that are shown beside its answers, and the response that the form gives back.
const { readFileSync } = require('node:fs')
const { JSDOM, VirtualConsole } = require('jsdom')

const [, , lforms] = process.argv
const { window } = new JSDOM('<!doctype html>', {
  runScripts: 'outside-only',
  pretendToBeVisual: true,
  virtualConsole: new VirtualConsole()
})
const nothing = () => undefined
window.matchMedia = () => ({ matches: false, addListener: nothing, removeListener: nothing })
const parts = ['assets/lib/zone.min.js', 'runtime.js', 'polyfills.js', 'main.js'].map((name) => `webcomponent/${name}`)
for (const part of [...parts, 'fhir/R4/lformsFHIR.min.js']) {
  window.eval(readFileSync(`${lforms}/dist/lforms/${part}`, 'utf8'))
}

const { LForms } = window
const { form, responses } = JSON.parse(readFileSync(0, 'utf8'))

function isShown(item) {
  for (let one = item; one && one.linkId; one = one._parentItem) {
    if (one._skipLogicStatus === 'target-disabled') return false
  }
  return true
}

function opened(response) {
  const definition = LForms.Util.convertFHIRQuestionnaireToLForms(form, 'R4')
  const filled = response ? LForms.Util.mergeFHIRDataIntoLForms(response, definition, 'R4') : definition
  return new LForms.LFormsData(filled)
}

const told = responses.map((response) => {
  const data = opened(response)
  const shown = data.itemList.filter((item) => item.dataType !== 'SECTION' && item.dataType !== 'TITLE' && isShown(item))
  return {
    shown: shown.map((item) => item.linkId),
    response: LForms.Util.getFormFHIRData('QuestionnaireResponse', 'R4', data)
  }
})
process.stdout.write(JSON.stringify(told))
