"""What a worker of each queue serves, and under which sandbox."""

from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from workflows.alert import AlertWorkflow
from workflows.approval import ApprovalWorkflow
from workflows.daily import DailyWorkflow
from workflows.errand import ErrandWorkflow
from workflows.incident import IncidentWorkflow
from workflows.learning import LearningWorkflow
from workflows.onboarding import OnboardingWorkflow
from workflows.remediation import RemediationWorkflow
from workflows.training import TrainingWorkflow
from workflows.watch import WatchWorkflow

# Whole rooms pass through the sandbox, so that it need not import them again for every story;
# nothing in them may hold changing module state.
RUNNER = SandboxedWorkflowRunner(
    restrictions=SandboxRestrictions.default.with_passthrough_modules("domain", "activities", "pydantic")
)

FRONT_WORKFLOWS = (
    OnboardingWorkflow,
    ApprovalWorkflow,
    IncidentWorkflow,
    RemediationWorkflow,
    WatchWorkflow,
    AlertWorkflow,
    TrainingWorkflow,
    ErrandWorkflow,
    LearningWorkflow,
    DailyWorkflow,
)
