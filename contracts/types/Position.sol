// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A position: a number of shares in a tranche, and what it has seen of that tranche (mechanism section 2). Two slots.
/// @param shares base at the size per share of the tranche, WAD; the side is in the key
/// @param cost normalised quote, WAD: minus what it paid, plus what it received, per size per share
/// @param sizePerShare the tranche's size per share when last settled, RAY
/// @param cashPerShare the tranche's cash per share when last settled, RAY
/// @param key tranche key
/// @param generation tranche generation
struct Position {
    uint128 shares;
    int128 cost;
    uint96 sizePerShare;
    int128 cashPerShare;
    uint16 key;
    uint16 generation;
}

/// @notice A position as it stands now, unpacked: what touching it would find.
/// @param size base, WAD, signed
/// @param quote minus paid plus received, WAD, rounded down
/// @param pending cash that settling credits, WAD, rounded down
/// @param sizePerShare of its tranche now, RAY; 0 once the generation was torn up whole
/// @param cashPerShare of its tranche now, RAY
/// @param torn size torn up since it was last touched, base, WAD, unsigned, rounded down
struct Held {
    int256 size;
    int256 quote;
    int256 pending;
    uint256 sizePerShare;
    int256 cashPerShare;
    uint256 torn;
}

/// @notice What one touch makes of a position.
/// @param held the position as loaded in the same call
/// @param size base after it, WAD, signed
/// @param quote quote after it, WAD
/// @param realised profit or loss of the part closed, before the fee, WAD
/// @param handed profit that a trade off the mark has handed to the account, negative what it has handed on, WAD; moves with it
/// from the position's quote to cash and back, so that `quote` and `realised` are those of a trade so much nearer to the mark
/// @param fee quote paid for the trade, WAD
/// @param chosen whether an order or the unwinding of a hedge closed it, and not a liquidation's takeover or a queue
/// @param class tranche class the policy gives it; ignored if the position ends at zero
struct Change {
    Held held;
    int256 size;
    int256 quote;
    int256 realised;
    int256 handed;
    uint256 fee;
    bool chosen;
    uint8 class;
}
