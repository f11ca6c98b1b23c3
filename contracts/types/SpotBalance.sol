// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {FixedMath} from "../libraries/FixedMath.sol";

/// @notice Spot held as collateral, in WAD of the asset. One slot.
/// @param amount how much
/// @param waiting the part of it that has not been held for the hedge tenure yet, until `seasonedAt`
/// @param seasonedAt when all of it has, milliseconds
struct SpotBalance {
    uint104 amount;
    uint104 waiting;
    uint48 seasonedAt;
}

using SpotSeasoning for SpotBalance global;

/// @title Which part of a spot balance may stand as a hedge
/// @notice Mechanism section 4: spot counts as seasoned only after it has been held for the tenure. A top-up makes only itself wait, and
/// what leaves is taken from what waits, so that neither a maker's daily top-up nor a stranger's gift unseasons what is there.
/// @dev Parts that wait together wait for the average of what each has left, by amount: amount times waiting time is
/// conserved. In milliseconds and rounded up, so that dust neither jumps the queue nor holds it up: an hour's delay takes millions of gifts.
library SpotSeasoning {
    using SafeCast for uint256;

    /// @dev How long spot has to be held, milliseconds.
    uint256 internal constant TENURE = 1 hours * 1000;

    /// @notice What may stand as a hedge now, WAD.
    function seasoned(SpotBalance memory self) internal view returns (uint256) {
        return self.seasonedAt > block.timestamp * 1000 ? self.amount - self.waiting : self.amount;
    }

    /// @notice Adds spot that starts to wait now.
    function credit(SpotBalance storage self, uint256 amount) internal {
        SpotBalance memory held = self;
        uint256 moment = block.timestamp * 1000;
        uint256 left = Math.saturatingSub(held.seasonedAt, moment);
        uint256 before = left == 0 ? 0 : held.waiting;
        uint256 waiting = before + amount;
        self.amount = (held.amount + amount).toUint104();
        self.waiting = waiting.toUint104();
        self.seasonedAt = uint48(moment + FixedMath.divUp(before * left + amount * TENURE, waiting));
    }

    /// @notice Takes spot away, first of what waits. The caller has checked that there is enough.
    function debit(SpotBalance storage self, uint256 amount) internal {
        SpotBalance memory held = self;
        self.amount = uint104(held.amount - amount);
        self.waiting = uint104(held.waiting - FixedMath.min(amount, held.waiting));
    }
}
