// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Action, Validity} from "../types/Price.sol";

/// @title Which action a price of which validity allows (the table of mechanism section 5)
library ValidityLadder {
    /// @notice Whether an action may go ahead.
    /// @dev Deposits and cancels need no price. Reducing must always be possible: under STALE and INVALID the price held is the
    /// last good one, and the caller keeps the trade inside its band. A withdrawal or liquidation under UNCERTAIN is for the
    /// caller to judge at the adverse bound, mark -+ confidence.
    function allows(Action action, Validity validity) internal pure returns (bool) {
        if (action == Action.DEPOSIT || action == Action.CANCEL || action == Action.REDUCE) return true;
        if (action == Action.WITHDRAW || action == Action.LIQUIDATE) return validity <= Validity.UNCERTAIN;
        return validity == Validity.VALID;
    }
}
