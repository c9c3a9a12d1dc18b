"""Open, merge and close reviews of configurations, and ask for the approval that a merge needs."""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress

from temporalio import activity

from activities.asking import approval_request, criticality_of, subject_hash
from activities.configuring import ChangeRef, Where
from activities.feed_audiences import Audiences
from activities.review_ends import ReviewEnds, is_forgotten, merged_outside, not_approved
from activities.review_records import REMOVED, as_git_knows, audit, keep_feed
from domain.approval.approval_requests import cards_of, entry_about
from domain.approval.approvals import ApprovedSubject, Verdict, approved_subject, as_of_now, tally
from domain.approval.policy import Policy
from domain.configuration.changes import ChangeKind, ChangeState, ConfigChange, Proposal
from domain.configuration.reviews import Conflict, ProposedChange, Review, ReviewState
from domain.errors import DogwatchError, NotFound, OutsideTrouble
from domain.identity.chat import Place
from domain.identity.people import Person
from domain.ids import FeedName, RequestId, TeamId
from domain.ports.blobs import BlobStore
from domain.ports.change_host import ChangeHost, FeedShelf
from domain.ports.clock import Clock
from domain.ports.transactions import Opening, UnitOfWork
from domain.proof.audit import AuditAct

log = logging.getLogger("dogwatch.reviewing")
_TITLES = {
    ChangeKind.ONBOARD: "Configure",
    ChangeKind.EDIT: "Edit",
    ChangeKind.REVERT: "Revert",
    ChangeKind.RETIRE: "Retire",
}


class Reviewing:
    """Activities of the front queue that touch the configuration host."""

    def __init__(
        self,
        host: ChangeHost,
        shelf: FeedShelf,
        blobs: BlobStore,
        *,
        policy: Callable[[], Policy],
        channels: Mapping[str, tuple[Place, ...]],
        audiences: Audiences,
        reading: Opening,
        writing: Opening,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._host = host
        self._shelf = shelf
        self._blobs = blobs
        self._policy = policy
        self._channels = channels
        self._audiences = audiences
        self._reading = reading
        self._writing = writing
        self._clock = clock
        self._wake = wake
        self._ends = ReviewEnds(writing, clock, wake)

    @activity.defn
    def look(self, ref: ChangeRef) -> Where:
        """Return where the change stands; what nobody went on with for a month ends here."""
        with self._reading() as uow:
            change = uow.changes.get(RequestId(ref.id))
        if is_forgotten(change, self._clock.now()):
            return self._ends.expire(change)
        return Where(state=change.state.value, approval=change.approval or "", revision=change.revision)

    @activity.defn
    def open_review(self, ref: ChangeRef) -> Where:
        """Commit the configuration on a branch, open the review, and ask the people whom the policy names."""
        change, requester = self._change(ref)
        if change.state is not ChangeState.OPENING:
            return self.look(ref)
        return self._ends.guarded(change, lambda: self._open(change, requester))

    @activity.defn
    def merge(self, ref: ChangeRef) -> Where:
        """Merge exactly what was approved, once; anything else goes back to the people."""
        change, requester = self._change(ref)
        if change.state is not ChangeState.MERGING:
            return self.look(ref)
        return self._ends.guarded(change, lambda: self._merge(change, requester))

    @activity.defn
    def look_at_review(self, ref: ChangeRef) -> Where:
        """End a change whose review somebody closed, merged or pushed to while its approval waits."""
        change, _ = self._change(ref)
        if change.state is not ChangeState.IN_REVIEW or change.review_number is None:
            return self.look(ref)
        try:
            review = self._host.get_review(change.review_number)
        except DogwatchError as error:
            # Whoever decides is told what is in the way; until then the host may be back.
            log.warning("the review of %s cannot be looked at: %s", change.id, error)
            return self.look(ref)
        if review.state is ReviewState.OPEN and review.head_sha == change.head_sha:
            return self.look(ref)
        return self._ended_outside(change, self._proposal(change), review)

    @activity.defn
    def close(self, ref: ChangeRef) -> Where:
        """Close the review of a change that ended without a merge."""
        change, requester = self._change(ref)
        if change.review_number is None or change.state is ChangeState.MERGED:
            return self.look(ref)
        try:
            self._close(change.review_number, requester, f"The change is {change.state.value}.")
        except DogwatchError as error:
            if isinstance(error, OutsideTrouble) and not error.is_final:
                raise
            is_open = f"Review {change.review_number} is still open, and should be closed by hand:"
            self._ends.note(change, f"{change.sentence} {is_open} {error.sentence()}".strip())
        return self.look(ref)

    def _open(self, change: ConfigChange, requester: Person) -> Where:
        proposal = self._proposal(change)
        try:
            review = self._host.open_review(self._proposed(change, requester, proposal))
        except Conflict as conflict:
            return self._ends.put_on_top(change, proposal, conflict)
        self._close_former(change, review, requester)
        if review.state is not ReviewState.OPEN:
            return self._ended_outside(change, proposal, review)
        agreed = criticality_of(self._base(FeedName(proposal.feed), proposal))
        with self._writing() as uow:
            now = self._clock.now()
            current = uow.changes.get(change.id)
            if current.state is not ChangeState.OPENING or current.revision != change.revision:
                return self.look(ChangeRef(id=change.id))
            former = len(uow.approval_list.of_subject(change.subject))
            known = uow.feeds.find(proposal.feed)
            in_force = agreed or (known.criticality if known else "")
            policy = self._policy()
            request = approval_request(
                current, proposal, review, policy, now, former=former, in_force=in_force
            )
            uow.approvals.save(request)
            uow.changes.save(
                current.model_copy(
                    update={
                        "state": ChangeState.IN_REVIEW,
                        "review_number": review.number,
                        "review_url": review.url,
                        "base_sha": review.base_sha,
                        "head_sha": review.head_sha,
                        "approval": request.id,
                        "sentence": current.asked_anew,
                        "asked_anew": "",
                        "updated_at": now,
                    }
                )
            )
            audit(uow, now, AuditAct.REVIEW_OPENED, change, number=str(review.number), head=review.head_sha)
            asked = {"rule": request.rule, "policy": request.policy_version, "change": change.id}
            uow.audit.append(entry_about(request, AuditAct.APPROVAL_ASKED, now, **asked))
            for card in cards_of(request, self._channels.get(request.channel, ()), now):
                uow.postings.add(card)
            uow.postings.refresh(change.subject, now)
        self._wake()
        return self.look(ChangeRef(id=change.id))

    def _merge(self, change: ConfigChange, requester: Person) -> Where:
        proposal = self._proposal(change)
        approved = self._approved(change)
        if approved is None or change.review_number is None:
            return self._ends.fail(change, "There is no valid approval for this version.", "no approval")
        review = self._host.get_review(change.review_number)
        if approved.subject_hash != subject_hash(change, proposal, review, approved.policy_version):
            return self._ends.fail(change, not_approved(change, review), "subject hash differs at merge")
        if review.state is not ReviewState.MERGED:
            if not self._stands(approved):
                return self._ends.ask_anew(change, "An approver lost the right to approve before the merge")
            try:
                review = self._host.merge(
                    review.number, expected_head_sha=review.head_sha, merged_by=as_git_knows(requester)
                )
            except Conflict as conflict:
                return self._ends.put_on_top(change, proposal, conflict)
        return self._merged(change, proposal, review, approved)

    def _ended_outside(self, change: ConfigChange, proposal: Proposal, review: Review) -> Where:
        """Follow what was done on the host itself: what is merged there counts, whoever merged it."""
        if review.state is ReviewState.CLOSED:
            return self._ends.closed_outside(change, review)
        if change.state is ChangeState.IN_REVIEW and review.head_sha != change.head_sha:
            return self._ends.fail(change, not_approved(change, review), "another head on the host")
        return self._merged(change, proposal, review, None)

    def _change(self, ref: ChangeRef) -> tuple[ConfigChange, Person]:
        with self._reading() as uow:
            change = uow.changes.get(RequestId(ref.id))
            return change, uow.people.get(change.requested_by)

    def _proposal(self, change: ConfigChange) -> Proposal:
        if change.proposal is None:
            raise NotFound(
                "no proposal", say="The proposed configuration is gone.", next_step="Drop the file again."
            )
        return Proposal.model_validate_json(self._blobs.get(change.proposal))

    def _proposed(self, change: ConfigChange, requester: Person, proposal: Proposal) -> ProposedChange:
        verb = _TITLES[change.kind]
        feed = FeedName(proposal.feed)
        return ProposedChange(
            feed=feed,
            base=self._base(feed, proposal),
            content=proposal.yaml.encode() if proposal.yaml != REMOVED else None,
            title=f"{verb} feed {proposal.feed}",
            body="\n".join(proposal.summary),
            author=as_git_knows(requester),
            key=f"{change.id}-{change.revision}",
            at=change.opened_at,
        )

    def _base(self, feed: FeedName, proposal: Proposal) -> bytes | None:
        """Return what the author saw; the host refuses when that is no longer what is agreed."""
        if proposal.base_yaml is None:
            return self._shelf.read_feed(feed)
        return proposal.base_yaml.encode() if proposal.base_yaml else None

    def _close_former(self, change: ConfigChange, review: Review, requester: Person) -> None:
        """Close the review of an earlier revision: it must not be merged by anybody any more."""
        if change.review_number is not None and change.review_number != review.number:
            self._close(change.review_number, requester, f"Replaced by review {review.number}.")

    def _close(self, number: int, by: Person, reason: str) -> None:
        # A review that is gone needs no closing.
        with suppress(NotFound):
            self._host.close(number, closed_by=as_git_knows(by), reason=reason)

    def _approved(self, change: ConfigChange) -> ApprovedSubject | None:
        if change.approval is None:
            return None
        with self._reading() as uow:
            request = next(
                (r for r in uow.approval_list.of_subject(change.subject) if r.id == change.approval), None
            )
            return None if request is None else approved_subject(request, uow.approvals.decisions(request.id))

    def _stands(self, approved: ApprovedSubject) -> bool:
        """Return whether the yes still adds up: the host may have been away for hours since it was given."""
        with self._reading() as uow:
            request = uow.approvals.get(approved.approval)
            decisions = as_of_now(uow.approvals.decisions(request.id), uow.people.get)
        return tally(request.needs, decisions) is Verdict.APPROVED

    def _merged(
        self, change: ConfigChange, proposal: Proposal, review: Review, approved: ApprovedSubject | None
    ) -> Where:
        with self._writing() as uow:
            now = self._clock.now()
            current = uow.changes.get(change.id)
            if current.state is change.state and current.revision == change.revision:
                commit = review.merged_sha or review.head_sha
                self._used(uow, current, approved)
                uow.changes.save(
                    current.model_copy(
                        update={
                            "state": ChangeState.MERGED,
                            "head_sha": commit,
                            "sentence": "" if approved else merged_outside(review),
                            "updated_at": now,
                        }
                    )
                )
                keep_feed(uow, current, proposal, commit, now)
                feed, team = FeedName(proposal.feed), TeamId(proposal.owner)
                self._audiences.tell_amiss(uow, feed, team, proposal.facts, now)
                audit(
                    uow,
                    now,
                    AuditAct.CHANGE_MERGED,
                    change,
                    approved.subject_hash if approved else "",
                    commit=commit,
                    approval=approved.approval if approved else "none",
                )
                uow.postings.refresh(change.subject, now)
        self._wake()
        return Where(state=ChangeState.MERGED.value)

    def _used(self, uow: UnitOfWork, change: ConfigChange, approved: ApprovedSubject | None) -> None:
        if approved is None:
            self._ends.supersede(uow, change)
            return
        request = uow.approvals.get(approved.approval)
        uow.approvals.save(request.model_copy(update={"is_used": True}))
