// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedMath} from "../../contracts/libraries/FixedMath.sol";
import {Test} from "../support/Test.sol";

/// @title Every rounding goes the way its name says, and by less than one
contract FixedMathTest is Test {
    function testFuzz_DivDownIsTheFloorForBothSigns(int256 a, int256 b) external pure {
        a = bound(a, type(int256).min + 1, type(int256).max);
        b = bound(b, 1, type(int256).max);
        int256 result = FixedMath.divDown(a, b);
        // a = result * b + remainder with 0 <= remainder < b; the product cannot overflow towards zero.
        int256 remainder = a % b;
        if (remainder < 0) remainder += b;
        vm.assertEq(result, (a - (a % b)) / b - (a % b < 0 ? int256(1) : int256(0)), "divDown is the floor");
        vm.assertTrue(remainder >= 0 && remainder < b, "what is left is less than one divisor");
    }

    function testFuzz_DivUpIsTheCeiling(uint256 a, uint256 b) external pure {
        b = bound(b, 1, type(uint256).max);
        uint256 result = FixedMath.divUp(a, b);
        vm.assertEq(result, a / b + (a % b == 0 ? 0 : 1), "divUp is the ceiling");
    }

    function testFuzz_WadProductsBracketTheExactOne(uint128 a, uint128 b) external pure {
        uint256 product = uint256(a) * b;
        vm.assertLe(FixedMath.wadDown(a, b) * 1e18, product, "wadDown is not above");
        vm.assertGe(FixedMath.wadUp(a, b) * 1e18, product, "wadUp is not below");
        vm.assertLe(FixedMath.wadUp(a, b) - FixedMath.wadDown(a, b), 1, "they differ by one at most");
    }

    function testFuzz_SignedProductNeverRoundsTowardsItsHolder(int128 a, uint128 b) external pure {
        int256 result = FixedMath.signedWadDown(a, int256(uint256(b)));
        int256 product = int256(a) * int256(uint256(b));
        vm.assertLe(result * 1e18, product, "signedWadDown is not above");
        vm.assertGt((result + 1) * 1e18, product, "signedWadDown is less than one below");
    }

    function testFuzz_ClampStaysWithinItsBounds(int256 a, int256 low, int256 high) external pure {
        if (low > high) (low, high) = (high, low);
        int256 result = FixedMath.clamp(a, low, high);
        vm.assertTrue(result >= low && result <= high, "clamp stays inside");
        if (a >= low && a <= high) vm.assertEq(result, a, "clamp leaves what is inside");
    }
}
