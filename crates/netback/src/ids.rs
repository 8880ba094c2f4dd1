//! Indices that cannot be mixed up: a node is never an actor.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub(crate) u32);

        impl $name {
            /// Position in the table of the case.
            pub fn index(self) -> usize {
                self.0 as usize
            }

            pub(crate) fn from_index(index: usize) -> Self {
                $name(index as u32)
            }
        }
    )*};
}

ids! {
    /// A node of a case.
    NodeId;
    /// An actor of a case.
    ActorId;
    /// A trader of a case.
    TraderId;
    /// A chokepoint of a case.
    ChokepointId;
    /// A pipeline of a case.
    PipelineId;
    /// An arc of a network: a pipeline or an LNG route.
    ArcId;
}
