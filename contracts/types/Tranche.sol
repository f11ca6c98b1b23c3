// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedMath, RAY, SIGNED_RAY} from "../libraries/FixedMath.sol";

/// @notice Positions of one side and class whose break-even prices share a bucket (mechanism section 2). Three slots, of which
/// a trade writes the first only.
/// @dev All three are non-zero from a generation's first member on: whoever opens a tranche pays for its slots, so that a
/// deleveraging, which comes when gas is dear, only ever rewrites them.
/// @param shares sum of its members' shares, WAD
/// @param cost sum of its members' normalised quote, WAD
/// @param sizePerShare base per share, RAY; starts at 1, and 0 once torn up whole, which ends the generation
/// @param cashPerShare quote credited per share since the generation began, before funding since `fundingIndex`, RAY
/// @param current generation new members join; meaningful in generation 0 only
/// @param oldest oldest generation that still has size; meaningful in generation 0 only
/// @param fundingIndex the market's funding index up to which `cashPerShare` includes funding, RAY
/// @param charged quote charged over the generation per base that was there to be charged, RAY; a tear-up leaves it as it is, since
/// what is torn up takes its part of the charges along
/// @param opened the generation has had a member
struct Tranche {
    uint128 shares;
    int128 cost;
    uint96 sizePerShare;
    int128 cashPerShare;
    uint16 current;
    uint16 oldest;
    int128 fundingIndex;
    uint120 charged;
    bool opened;
}

using TrancheMath for Tranche global;

/// @title What a tranche knows about itself
library TrancheMath {
    /// @notice Cash per share with funding up to `fundingIndex`, RAY, rounded down. Longs pay A * dF, shorts receive it:
    /// weighted with the tranche's own A, since weighting with 1 after a one-sided tear-up would mint money.
    function cashPerShareAt(Tranche memory self, bool short, int256 fundingIndex) internal pure returns (int256) {
        int256 flow = int256(uint256(self.sizePerShare)) * (fundingIndex - self.fundingIndex);
        return self.cashPerShare + FixedMath.divDown(short ? flow : -flow, SIGNED_RAY);
    }

    /// @notice Base of the whole tranche, WAD: longs rounded down, shorts up, as the positions in it are.
    function size(Tranche memory self, bool short) internal pure returns (uint256) {
        uint256 scaled = uint256(self.shares) * self.sizePerShare;
        return short ? FixedMath.divUp(scaled, RAY) : scaled / RAY;
    }

    /// @notice Profit of the whole tranche at a price, WAD, signed, rounded down: A * (+-S * p + U).
    function profit(Tranche memory self, bool short, uint256 price) internal pure returns (int256) {
        int256 worth = FixedMath.signedWadDown(int256(uint256(self.shares)), int256(price));
        return
            FixedMath.divDown(int256(uint256(self.sizePerShare)) * ((short ? -worth : worth) + self.cost), SIGNED_RAY);
    }

    /// @notice What may still be charged per share, RAY, rounded down: the profit at `price` of the least profitable member
    /// the bucket may hold, less what was charged before in this generation for the base that is still there.
    /// @param edge break-even of that member, WAD
    function chargeablePerShare(
        Tranche memory self,
        bool short,
        uint256 price,
        uint256 edge
    ) internal pure returns (uint256) {
        if (short ? price >= edge : price <= edge) return 0;
        uint256 gain = short ? edge - price : price - edge;
        uint256 perBase = gain * 1e9;
        return perBase > self.charged ? (self.sizePerShare * (perBase - self.charged)) / RAY : 0;
    }
}
