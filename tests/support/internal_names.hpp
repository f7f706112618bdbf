// SPDX-License-Identifier: Apache-2.0
//
// The names of all functions in the headers; written by tests/checks/internal_names.py --write.
#ifndef ARENA_TESTS_SUPPORT_INTERNAL_NAMES_HPP
#define ARENA_TESTS_SUPPORT_INTERNAL_NAMES_HPP

// clang-format off
#define ARENA_TEST_INTERNAL_NAMES(X) \
  X(AddSizes) \
  X(AdviseHugePages) \
  X(AlignDown) \
  X(AlignUp) \
  X(Allocate) \
  X(AllocateBlock) \
  X(AllocateForOverwrite) \
  X(AllocateSlice) \
  X(AllocateSliceForOverwrite) \
  X(AllocateSliceWith) \
  X(AllocateWith) \
  X(AppendBudgetTree) \
  X(AppendCounted) \
  X(AppendMany) \
  X(AppendOne) \
  X(AppendPrintable) \
  X(AppendRange) \
  X(ArenaOfFrame) \
  X(Bump) \
  X(BumpFixed) \
  X(BytewiseRoom) \
  X(CallSink) \
  X(CallSource) \
  X(CallWith) \
  X(CharacterBytes) \
  X(CheckAllocatable) \
  X(CheckAppend) \
  X(CheckDestructor) \
  X(CoarseNow) \
  X(Construct) \
  X(ConstructElement) \
  X(ConstructForOverwrite) \
  X(ConstructIn) \
  X(Convert) \
  X(CopyString) \
  X(CountFrom) \
  X(CountOrAll) \
  X(DeallocateBlock) \
  X(Defer) \
  X(DestroyOne) \
  X(DestroyRun) \
  X(ExtendStorage) \
  X(Fail) \
  X(FirstArena) \
  X(ForPrintable) \
  X(Format) \
  X(GrowAndFill) \
  X(GrowBytewise) \
  X(GrowSlice) \
  X(HasSpare) \
  X(HowToConstruct) \
  X(IsConstructible) \
  X(IsConstructibleWithAllocator) \
  X(IsOnlyThread) \
  X(IsPowerOfTwo) \
  X(IsValueConstructibleIn) \
  X(MapPages) \
  X(MarkAllocated) \
  X(MarkFree) \
  X(MaxOf) \
  X(MinOf) \
  X(MultiplySizes) \
  X(NoArena) \
  X(OfferPages) \
  X(Own) \
  X(OwnAs) \
  X(PageSize) \
  X(PassOnForcedUnwind) \
  X(PlanGrowth) \
  X(PrintFailure) \
  X(PutToStream) \
  X(RemembersCopies) \
  X(SetBadQuietly) \
  X(SetFailureHandler) \
  X(SizeClassAbove) \
  X(SizeClassBelow) \
  X(SizeClassBytes) \
  X(SliceAppend) \
  X(SliceAppendRange) \
  X(StringWithoutArena) \
  X(SwapInOneArena) \
  X(ThisThread) \
  X(ThrowBadAlloc) \
  X(ThrowLengthError) \
  X(ThrowOutOfRange) \
  X(ToBeAligned) \
  X(ToSize) \
  X(TrackPages) \
  X(TryAllocate) \
  X(UnmapPages) \
  X(VirtualAlloc) \
  X(VirtualFree) \
  X(VirtualUnlock) \
  X(WriteElements) \
  X(WriteOpenMetrics) \
  X(WritePicture) \
  X(WriteToStreamLike)
// clang-format on

#endif  // ARENA_TESTS_SUPPORT_INTERNAL_NAMES_HPP
