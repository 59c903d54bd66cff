#!/bin/sh
# SpiffWorkflow 3.2.0. Seen on 2026-11-30 with Python 3.11.7 on Debian.
#
# Input: a DMN table, as modelers write it, with the cell "II","III" for either skin type, and an empty cell below it
# for all others.
# Guessed: the cell matches II and III, as DMN says; or else it is refused when read or run. The engine reads cells as
# Python, and says clearly that [18..65] or in ("II","III") is none.
# Seen: "II","III" happens to be Python, too: a pair, to which no skin type is equal. So the row is passed over without
# a word, and the row for all others decides. A cell with "II" alone matches:
#     "II"          one session
#     "II","III"    ask a clinician
#     not("I")      ask a clinician, since not("I") is False
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check SpiffWorkflow==3.2.0

cat >"$folder/decide.py" <<'END'
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.camunda.parser.CamundaParser import CamundaParser

PROCESS = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="urn:d">
  <process id="visit" isExecutable="true">
    <startEvent id="start"/><sequenceFlow id="f" sourceRef="start" targetRef="decide"/>
    <businessRuleTask id="decide" camunda:decisionRef="plan"/>
    <sequenceFlow id="g" sourceRef="decide" targetRef="end"/><endEvent id="end"/>
  </process>
</definitions>"""
TABLE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:d">
  <decision id="plan" name="plan">
    <decisionTable id="t" hitPolicy="FIRST">
      <input id="in"><inputExpression id="e" typeRef="string"><text>phototype</text></inputExpression></input>
      <output id="out" name="plan" typeRef="string"/>
      <rule id="first">
        <inputEntry id="a"><text>CELL</text></inputEntry>
        <outputEntry id="b"><text>"one session"</text></outputEntry>
      </rule>
      <rule id="others">
        <inputEntry id="c"><text></text></inputEntry>
        <outputEntry id="h"><text>"ask a clinician"</text></outputEntry>
      </rule>
    </decisionTable>
  </decision>
</definitions>"""

for cell in '"II"', '"II","III"', 'not("I")':
    parser = CamundaParser()
    parser.add_dmn_str(TABLE.replace("CELL", cell).encode())
    parser.add_bpmn_str(PROCESS)
    workflow = BpmnWorkflow(parser.get_spec("visit"))
    workflow.task_tree.data["phototype"] = "II"
    workflow.get_next_task().data["phototype"] = "II"
    workflow.run_all()
    print(cell, "->", workflow.last_task.data["plan"])
END
cat >"$folder/wanted" <<'END'
"II" -> one session
"II","III" -> ask a clinician
not("I") -> ask a clinician
END

"$folder/env/bin/python" "$folder/decide.py" >"$folder/seen" 2>&1 || true
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: a cell of two values matches neither'
