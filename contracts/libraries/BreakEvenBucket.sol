// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

/// @title Geometric price buckets and the tranche keys made of them
/// @notice Bucket b holds break-even prices from 1.02^(b - OFFSET) up to, not including, 1.02^(b - OFFSET + 1).
/// A tranche key is `side << 15 | class << 11 | rank`, where rank orders buckets of a side from most to least profitable:
/// the lowest entries of longs, the highest of shorts. The order holds at every mark (mechanism section 8).
library BreakEvenBucket {
    /// @dev ln(1.02), WAD.
    int256 internal constant LN_WIDTH = 19802627296179713;

    /// @dev Buckets reach from 1e-9 to 4e8 quote per base.
    int256 internal constant OFFSET = 1050;

    uint256 internal constant LAST = 2047;

    /// @dev Bit 3 of the class, in a rank: every hedged tranche ranks behind every directional one.
    uint16 internal constant HEDGED_RANK = 1 << 14;

    /// @dev Edges are widened by one part in this, a thousand times the error of the logarithm and the exponential, so that
    /// no member of a bucket ever lies beyond its edge.
    uint256 internal constant EDGE_SLACK = 1e12;

    /// @notice The bucket of a break-even price.
    /// @param price quote per base, WAD, at least 1
    function bucketOf(uint256 price) internal pure returns (uint256) {
        int256 logarithm = FixedPointMathLib.lnWad(int256(price));
        int256 bucket = logarithm / LN_WIDTH;
        if (logarithm < 0 && bucket * LN_WIDTH != logarithm) --bucket;
        bucket += OFFSET;
        if (bucket < 0) return 0;
        return uint256(bucket) > LAST ? LAST : uint256(bucket);
    }

    /// @notice The key of a tranche.
    function key(bool short, uint8 class, uint256 price) internal pure returns (uint16) {
        uint256 bucket = bucketOf(price);
        uint256 rank = short ? LAST - bucket : bucket;
        return uint16((short ? 1 << 15 : 0) | (uint256(class) << 11) | rank);
    }

    /// @notice Whether a key belongs to the short side.
    function isShort(uint16 trancheKey) internal pure returns (bool) {
        return trancheKey >> 15 == 1;
    }

    /// @notice The class a key carries.
    function classOf(uint16 trancheKey) internal pure returns (uint8) {
        return uint8((trancheKey >> 11) & 15);
    }

    /// @notice Whether a key's class carries the bit reserved for hedged positions.
    function isHedged(uint16 trancheKey) internal pure returns (bool) {
        return trancheKey & HEDGED_RANK != 0;
    }

    /// @notice The break-even price of the least profitable position the tranche may hold, rounded against its profit.
    /// @return WAD; type(uint256).max for a long bucket without an upper edge, 0 for a short bucket without a lower one
    function leastProfitableEdge(uint16 trancheKey) internal pure returns (uint256) {
        bool short = isShort(trancheKey);
        uint256 rank = trancheKey & LAST;
        uint256 bucket = short ? LAST - rank : rank;
        if (short) {
            if (bucket == 0) return 0;
            uint256 lower = _power(int256(bucket) - OFFSET);
            return lower - lower / EDGE_SLACK - 1;
        }
        if (bucket == LAST) return type(uint256).max;
        uint256 upper = _power(int256(bucket) - OFFSET + 1);
        return upper + upper / EDGE_SLACK + 1;
    }

    function _power(int256 exponent) private pure returns (uint256) {
        return uint256(FixedPointMathLib.expWad(exponent * LN_WIDTH));
    }
}
