// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BreakEvenBucket} from "../../contracts/libraries/BreakEvenBucket.sol";
import {Test} from "../support/Test.sol";

/// @title Buckets of break-even prices bound and order the profit of what is in them
contract BreakEvenBucketTest is Test {
    /// @dev 3e8 quote per base, WAD.
    uint256 internal constant HIGHEST = 3e26;

    function testFuzz_NoLongBreaksEvenAboveTheEdgeOfItsBucket(uint256 random) external pure {
        uint256 price = _price(random);
        uint16 key = BreakEvenBucket.key(false, 0, price);
        vm.assertGe(BreakEvenBucket.leastProfitableEdge(key), price, "the edge is the worst long of the bucket");
    }

    function testFuzz_NoShortBreaksEvenBelowTheEdgeOfItsBucket(uint256 random) external pure {
        uint256 price = _price(random);
        uint16 key = BreakEvenBucket.key(true, 0, price);
        vm.assertLe(BreakEvenBucket.leastProfitableEdge(key), price, "the edge is the worst short of the bucket");
    }

    function testFuzz_ABucketIsTwoPerCentWide(uint256 random) external pure {
        uint256 price = bound(_price(random), 1e12, HIGHEST);
        uint256 above = BreakEvenBucket.leastProfitableEdge(BreakEvenBucket.key(false, 0, price));
        uint256 below = BreakEvenBucket.leastProfitableEdge(BreakEvenBucket.key(true, 0, price));
        vm.assertLe(above * 100, below * 102 + below / 1e8, "no wider than two per cent and the slack");
        vm.assertGe(above * 100 + below / 1e8, below * 102, "no narrower");
    }

    function testFuzz_RankOrdersLongsFromTheLowestEntry(uint256 one, uint256 two, uint8 class) external pure {
        (uint256 low, uint256 high) = _ordered(one, two);
        class = uint8(bound(class, 0, 15));
        vm.assertLe(
            uint256(BreakEvenBucket.key(false, class, low)),
            uint256(BreakEvenBucket.key(false, class, high)),
            "the lower entry comes first"
        );
    }

    function testFuzz_RankOrdersShortsFromTheHighestEntry(uint256 one, uint256 two, uint8 class) external pure {
        (uint256 low, uint256 high) = _ordered(one, two);
        class = uint8(bound(class, 0, 15));
        vm.assertLe(
            uint256(BreakEvenBucket.key(true, class, high)),
            uint256(BreakEvenBucket.key(true, class, low)),
            "the higher entry comes first"
        );
    }

    function testFuzz_AKeyGivesBackItsSideAndClass(uint256 random, uint8 class, bool short) external pure {
        class = uint8(bound(class, 0, 15));
        uint16 key = BreakEvenBucket.key(short, class, _price(random));
        vm.assertEq(BreakEvenBucket.isShort(key), short, "side");
        vm.assertEq(uint256(BreakEvenBucket.classOf(key)), class, "class");
        uint256 bucket = BreakEvenBucket.bucketOf(_price(random));
        vm.assertEq(uint256(key & 2047), short ? 2047 - bucket : bucket, "bucket");
    }

    function test_NeighbouringBucketsLeaveNoGapAndOverlapByTheSlackOnly() external pure {
        for (uint16 rank = 200; rank < 2040; ++rank) {
            uint256 upper = BreakEvenBucket.leastProfitableEdge(rank);
            uint256 lowerOfNext = BreakEvenBucket.leastProfitableEdge((1 << 15) | (2047 - (rank + 1)));
            vm.assertGe(upper, lowerOfNext, "no gap");
            vm.assertLe(upper - lowerOfNext, upper / 4e11 + 3, "no overlap beyond the slack");
        }
    }

    function test_TheOutermostBucketsAreNeverInProfitOnTheirOpenSide() external pure {
        vm.assertEq(BreakEvenBucket.leastProfitableEdge(2047), type(uint256).max, "longs without an upper edge");
        vm.assertEq(BreakEvenBucket.leastProfitableEdge((1 << 15) | 2047), 0, "shorts without a lower edge");
    }

    /// @dev Every order of magnitude as likely as any other: the edges matter, and so does one wei.
    function _price(uint256 random) private pure returns (uint256) {
        uint256 top = HIGHEST >> (random % 88);
        return bound(random >> 8, 1, top);
    }

    function _ordered(uint256 one, uint256 two) private pure returns (uint256, uint256) {
        (one, two) = (_price(one), _price(two));
        return one < two ? (one, two) : (two, one);
    }
}
