"""The plan for JMeter is well formed and repeats the two tests that the first system's author published."""

from pathlib import Path
from xml.etree import ElementTree

PLAN = Path(__file__).resolve().parents[2] / "bench" / "first_system.jmx"


def test_the_plan_has_the_two_published_tests_one_after_the_other() -> None:
    plan = ElementTree.parse(PLAN).getroot()
    groups = [
        {prop.get("name", "").rpartition(".")[2]: prop.text for prop in group}
        for group in plan.iter("ThreadGroup")
    ]
    threads = [(group["num_threads"], group["ramp_time"], group["duration"]) for group in groups]
    assert threads == [("100", "30", "100"), ("12", "1", "60")]
    one_after_the_other = plan.find(".//TestPlan/boolProp[@name='TestPlan.serialize_threadgroups']")
    assert one_after_the_other is not None
    assert one_after_the_other.text == "true"


def test_every_test_of_the_plan_joins_by_a_signed_text_on_a_new_connection() -> None:
    plan = ElementTree.parse(PLAN).getroot()
    samplers, scripts = list(plan.iter("HTTPSamplerProxy")), list(plan.iter("BeanShellPreProcessor"))
    assert len(samplers) == len(scripts) == 2
    for sampler in samplers:
        said = {prop.get("name"): prop.text for prop in sampler}
        assert said["HTTPSampler.path"] == "/webhooks/sms"
        assert said["HTTPSampler.method"] == "POST"
        assert said["HTTPSampler.use_keepalive"] == "false"
    for script in scripts:
        assert "X-Twilio-Signature" in "".join(script.itertext())
