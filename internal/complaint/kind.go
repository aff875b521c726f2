package complaint

// Kind implements Event.
func (*Registered) Kind() string { return "complaint.Registered" }

// Kind implements Event.
func (*Amended) Kind() string { return "complaint.Amended" }

// Kind implements Event.
func (*Reclassified) Kind() string { return "complaint.Reclassified" }

// Kind implements Event.
func (*ReferenceAdded) Kind() string { return "complaint.ReferenceAdded" }

// Kind implements Event.
func (*ReferenceAnswered) Kind() string { return "complaint.ReferenceAnswered" }

// Kind implements Event.
func (*PointAdded) Kind() string { return "complaint.PointAdded" }

// Kind implements Event.
func (*PointChanged) Kind() string { return "complaint.PointChanged" }

// Kind implements Event.
func (*PointDropped) Kind() string { return "complaint.PointDropped" }

// Kind implements Event.
func (*Contacted) Kind() string { return "complaint.Contacted" }

// Kind implements Event.
func (*FactsAdded) Kind() string { return "complaint.FactsAdded" }

// Kind implements Event.
func (*Offered) Kind() string { return "complaint.Offered" }

// Kind implements Event.
func (*Accepted) Kind() string { return "complaint.Accepted" }

// Kind implements Event.
func (*Declined) Kind() string { return "complaint.Declined" }

// Kind implements Event.
func (*Reminded) Kind() string { return "complaint.Reminded" }

// Kind implements Event.
func (*SupervisionAnswered) Kind() string { return "complaint.SupervisionAnswered" }

// Kind implements Event.
func (*StepDone) Kind() string { return "complaint.StepDone" }

// Kind implements Event.
func (*StageReached) Kind() string { return "complaint.StageReached" }

// Kind implements Event.
func (*ExclusionStarted) Kind() string { return "complaint.ExclusionStarted" }

// Kind implements Event.
func (*ExclusionEnded) Kind() string { return "complaint.ExclusionEnded" }

// Kind implements Event.
func (*Agreed) Kind() string { return "complaint.Agreed" }

// Kind implements Event.
func (*Requested) Kind() string { return "complaint.Requested" }

// Kind implements Event.
func (*Approved) Kind() string { return "complaint.Approved" }

// Kind implements Event.
func (*Returned) Kind() string { return "complaint.Returned" }

// Kind implements Event.
func (*Found) Kind() string { return "complaint.Found" }

// Kind implements Event.
func (*FaultFound) Kind() string { return "complaint.FaultFound" }

// Kind implements Event.
func (*RedressPerformed) Kind() string { return "complaint.RedressPerformed" }

// Kind implements Event.
func (*LetterIssued) Kind() string { return "complaint.LetterIssued" }

// Kind implements Event.
func (*NoticeGiven) Kind() string { return "complaint.NoticeGiven" }

// Kind implements Event.
func (*LadderMoved) Kind() string { return "complaint.LadderMoved" }

// Kind implements Event.
func (*LadderEnded) Kind() string { return "complaint.LadderEnded" }

// Kind implements Event.
func (*Withdrew) Kind() string { return "complaint.Withdrew" }

// Kind implements Event.
func (*OtherAnswered) Kind() string { return "complaint.OtherAnswered" }

// Kind implements Event.
func (*SplitOff) Kind() string { return "complaint.SplitOff" }

// Kind implements Event.
func (*MergedAway) Kind() string { return "complaint.MergedAway" }

// Kind implements Event.
func (*TookIn) Kind() string { return "complaint.TookIn" }

// Kind implements Event.
func (*Unmerged) Kind() string { return "complaint.Unmerged" }

// Kind implements Event.
func (*LetGo) Kind() string { return "complaint.LetGo" }

// Kind implements Event.
func (*ReexamRequested) Kind() string { return "complaint.ReexamRequested" }

// Kind implements Event.
func (*ReexamDecided) Kind() string { return "complaint.ReexamDecided" }

// Kind implements Event.
func (*ReopenedAgain) Kind() string { return "complaint.ReopenedAgain" }

// Kind implements Event.
func (*FollowedUp) Kind() string { return "complaint.FollowedUp" }

// Kind implements Event.
func (*FileAttached) Kind() string { return "complaint.FileAttached" }

// Kind implements Event.
func (*Noted) Kind() string { return "complaint.Noted" }

// Kind implements Event.
func (*RecusalAdded) Kind() string { return "complaint.RecusalAdded" }

// Kind implements Event.
func (*CaseClosed) Kind() string { return "complaint.CaseClosed" }
