"""Questions about the demo platform whose answers are the same on every server and table."""

from typing import Any

from tests.support.gateway import Client, without_cost

QUESTIONS = {
    "statuses of runs": "{ runs(first: 60) { nodes { id status platform trigger branch } } }",
    "summaries": """{ runs(first: 60) { nodes { id summary {
        total pass fail missingOutput skipped running notStarted
        byCategory { category { name } pass total }
    } } } }""",
    "samples of a run": """{ run(id: 27) { samples(first: 500) { nodes {
        regressionId status exitCode resultMessage tags failureFingerprint
        outputs { outputId status expectedHash actualHash acceptedVariants matchedVariant }
    } } } }""",
    "variants": """{ run(id: 28) { samples(first: 500) { nodes { regressionId status outputs {
        outputId status acceptedVariants matchedVariant
    } } } } }""",
    "samples by status": """{ run(id: 27) { samples(first: 500, filter: {
        statuses: [FAIL, MISSING_OUTPUT]
    }) { totalCount nodes { regressionId } } } }""",
    "samples by category and tag": """{ run(id: 27) { samples(first: 500, filter: {
        categories: ["XDS"], tags: ["UK"]
    }) { nodes { regressionId } } } }""",
    "samples by text": """{ run(id: 27) { samples(first: 500, filter: {search: "-LATIN1"}) {
        totalCount } } }""",
    "runs by state": "{ runs(first: 60, filter: {states: [QUEUED, TESTING]}) { nodes { id } } }",
    "runs by status": """{ runs(first: 60, filter: {statuses: [ERROR, INCOMPLETE]}) {
        nodes { id } } }""",
    "runs by branch and fork": """{ runs(first: 60, filter: {
        branch: "master", fork: "CCExtractor/ccextractor", platform: LINUX
    }) { nodes { id } } }""",
    "runs of a pull request": "{ runs(filter: {pullRequest: 1564}) { nodes { id } } }",
    "history": """{ regressionTest(id: 84) { history(first: 50, filter: {platform: LINUX}) {
        nodes { runId status } } } }""",
    "stability": """{ regressionTest(id: 84) { stability(platform: LINUX, last: 50) {
        runs passes failures statusChanges signature } } }""",
    "a comparison": """{ run(id: 11) { comparison {
        base { id } changes { verdict regressionTest { id } } coverage { warnings }
        outputChanged { regressionTest { id } }
    } } }""",
    "tests": """{ regressionTests(first: 500) { nodes {
        id active command inputType outputType expectedExitCode categories { name }
        lastPassed(platform: WINDOWS) { id }
    } } }""",
    "active tests": "{ regressionTests(first: 1, filter: {active: false}) { totalCount } }",
    "tests by type": """{ regressionTests(first: 500, filter: {
        inputTypes: ["stdin"], outputTypes: ["file"]
    }) { nodes { id } } }""",
    "media": "{ media(id: 251) { sha originalName tags { name } regressionTests { id } } }",
}
DOCUMENTS = [(11, 118), (27, 45), (28, 44), (19, 1), (16, 83), (58, 1), (27, 265), (9317, 1)]


async def answers(client: Client) -> dict[Any, Any]:
    """What is answered to every question, errors included, and every document over REST."""
    found: dict[Any, Any] = {}
    for name, query in QUESTIONS.items():
        found[name] = without_cost((await client.post("/graphql", json={"query": query})).json())
    for run, sample in DOCUMENTS:
        found[run, sample] = (await client.sample(run, sample)).json()
    return found
