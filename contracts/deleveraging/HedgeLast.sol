// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeleveragingPolicy} from "../interfaces/IDeleveragingPolicy.sol";

/// @title Any other policy, with hedged positions only after all directional ones are gone
/// @notice Mechanism section 8, property P9. A hedged short has no gain to give up: what it won, its spot lost. Closing it leaves its
/// holder naked and helps nobody but the next in the queue. So hedged tranches come after every directional one in profit, and
/// among themselves in the order of the inner policy. The ledger charges a deficit in the same two steps, whatever the policy.
contract HedgeLast is IDeleveragingPolicy {
    /// @notice The inner policy answers a class that would collide with the hedged bit.
    error InnerClassTooHigh(uint8 trancheClass);

    /// @dev Bit 3 of a class: the position is hedged.
    uint8 private constant HEDGED = 8;

    /// @notice The policy that orders directional tranches, and hedged ones after them.
    IDeleveragingPolicy public immutable INNER;

    /// @param inner a policy with classes 0 to 7. Reverts with InnerClassTooHigh if one of the classes it gives to no leverage and to
    /// the highest is not
    constructor(IDeleveragingPolicy inner) {
        INNER = inner;
        _requireFree(inner.priority(1, 0, false));
        _requireFree(inner.priority(type(uint256).max, type(uint256).max, true));
    }

    /// @inheritdoc IDeleveragingPolicy
    /// @dev The inner policy is asked as if no position were hedged: the bit says it. A class of eight or more that only some
    /// inputs give would be cut to three bits here, so that no directional position ever counts as hedged.
    function priority(uint256 entryPrice, uint256 leverage, bool hedged) external view returns (uint8) {
        uint8 inner = INNER.priority(entryPrice, leverage, false) & (HEDGED - 1);
        return hedged ? HEDGED | inner : inner;
    }

    /// @inheritdoc IDeleveragingPolicy
    function proportional() external view returns (bool) {
        return INNER.proportional();
    }

    /// @inheritdoc IDeleveragingPolicy
    /// @dev A hedged class never shares a stage with a directional one.
    function stage(uint8 trancheClass) external view returns (uint8) {
        return (trancheClass & HEDGED) | (INNER.stage(trancheClass & (HEDGED - 1)) & (HEDGED - 1));
    }

    /// @inheritdoc IDeleveragingPolicy
    function leverageOf(uint8 trancheClass) external view returns (uint256) {
        return INNER.leverageOf(trancheClass & (HEDGED - 1));
    }

    function _requireFree(uint8 trancheClass) private pure {
        if (trancheClass >= HEDGED) revert InnerClassTooHigh(trancheClass);
    }
}
